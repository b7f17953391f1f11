package import WeirCore

/// The admissions of all agents, by limit key, in the order of time.
package struct MergedLog: Sendable {
    package private(set) var keys: [UInt64: [AdmissionRecord]] = [:]
    /// Records that the agents' logs had no room for: with any, nothing is proved.
    package private(set) var lost = 0
    package private(set) var tokens: Int64 = 0
    /// Tokens that outage policies have spent.
    package private(set) var aloneTokens: Int64 = 0
    /// Tokens of keys that had no place of their own: the bound is theirs together, and is not judged here.
    package private(set) var overflowTokens: Int64 = 0

    /// - Parameter logs: each agent's records in its own order, and how many it lacks.
    package init(_ logs: [(records: [AdmissionRecord], lost: Int)]) {
        for log in logs {
            lost += log.lost
            for record in log.records {
                tokens += record.tokens
                if record.isAlone { aloneTokens += record.tokens }
                if record.flags & AdmissionRecord.overflow != 0 { overflowTokens += record.tokens }
                keys[record.key, default: []].append(record)
            }
        }
        for key in keys.keys { keys[key]?.sort { $0.microseconds < $1.microseconds } }
    }

    /// The most tokens that any key has beyond the bound.
    package func tokensOver(_ bound: Bound) -> Int64 { keys.values.reduce(0) { max($0, bound.tokensOver($1)) } }

    /// Only what was admitted from an instant on.
    package func since(_ microseconds: Int64) -> MergedLog {
        MergedLog([(keys.values.flatMap { $0.filter { $0.microseconds >= microseconds } }, lost)])
    }
}
