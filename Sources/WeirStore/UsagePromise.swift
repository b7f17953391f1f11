/// What an agent promises of one of its runs: that some of its usage is complete, here, and does not change any more.
package enum UsagePromise: Equatable, Sendable {
    /// Nothing that was used before this instant, in seconds since 1970, changes any more.
    case before(Int64)
    /// Nothing at all does: the run is over, and everything of it was delivered.
    case over

    /// Writes down what is said of an incarnation that is known: promises only grow.
    static func note(
        _ promise: UsagePromise?, of incarnation: String, by agent: String, at seconds: Int64,
        _ connection: any SQLConnection
    ) throws(StoreError) {
        _ = try connection.run(
            "UPDATE incarnation SET agent = $1 WHERE token = $2 AND agent <> $3",
            [.text(agent), .text(incarnation), .text(agent)])
        switch promise {
        case nil: break
        case .before(let instant):
            _ = try connection.run(
                "UPDATE incarnation SET watermark = $1 WHERE token = $2 AND (watermark IS NULL OR watermark < $3)",
                [.integer(instant), .text(incarnation), .integer(instant)])
        case .over: try end(incarnation, at: seconds, connection)
        }
    }

    /// Writes down that an incarnation is over, where it is known.
    static func end(_ incarnation: String, at seconds: Int64, _ connection: any SQLConnection) throws(StoreError) {
        _ = try connection.run(
            "UPDATE incarnation SET over_at = $1 WHERE token = $2 AND over_at IS NULL",
            [.integer(seconds), .text(incarnation)])
    }
}
