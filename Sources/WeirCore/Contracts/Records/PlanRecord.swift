/// A version of a plan, as far as agents enforce it.
package struct PlanRecord: Equatable, Sendable {
    package enum Mode: String, Sendable, CaseIterable { case package, subscription, payg, postpaid }
    package enum Unreported: String, Sendable, CaseIterable { case bill, skip }

    package var id: RecordID
    /// What counters and usage know the plan by: versions share it.
    package var code: String
    package var version: Int64
    package var mode: Mode
    package var unreported: Unreported
    /// What grants do while the collector is away: `deny`, `open`, `overdraft 100 calls`.
    package var outage: String
    /// Limits of each consumer of the plan, in the grammar of rules.
    package var rules: String

    package init(
        id: RecordID, code: String, version: Int64, mode: Mode, unreported: Unreported, outage: String, rules: String
    ) {
        self.id = id
        self.code = code
        self.version = version
        self.mode = mode
        self.unreported = unreported
        self.outage = outage
        self.rules = rules
    }
}
