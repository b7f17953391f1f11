/// Everything that was measured in one run, as one JSON object: a part that was not asked for has no keys.
package struct BenchReport: Encodable, Sendable {
    package var machine: Machine
    package var floor: FloorReport?
    /// The limiter alone; it is part of the floor's report too.
    package var limiter: LimiterReport?
    package var web: WebReport?
    package var faults: FaultReport?
    package var load: LoadReport?
    package var ingest: IngestReport?
    package var sales: SalesReport?

    package init(machine: Machine) { self.machine = machine }

    package func encode(to encoder: any Encoder) throws {
        var json = encoder.container(keyedBy: ReportKey.self)
        try json.encode(machine, forKey: "machine")
        if let floor { try floor.encode(into: &json) }
        if let limiter { try limiter.encode(into: &json) }
        try json.encodeIfPresent(web, forKey: "web")
        try json.encodeIfPresent(faults, forKey: "faults")
        try json.encodeIfPresent(load, forKey: "load")
        try json.encodeIfPresent(ingest, forKey: "ingest")
        try json.encodeIfPresent(sales, forKey: "sales")
    }
}
