/// What a load on a server that runs has shown.
package struct LoadReport: Encodable, Sendable {
    package var result: LoadResult

    package init(_ result: LoadResult) { self.result = result }

    package func encode(to encoder: any Encoder) throws {
        var json = encoder.container(keyedBy: ReportKey.self)
        try json.encode(result.answers, forKey: "answers")
        try json.encode(result.refusals, forKey: "refusals")
        try json.encode(result.unanswered, forKey: "unanswered")
        try json.encode(result.seconds, "seconds")
        try json.encode(result.perSecond, "per_second")
        try json.encode(result.latencies)
    }
}
