/// How large a plan may be; more is refused before anything is made of it.
package enum PlanLimits {
    /// Bytes of a plan's text, its rules among them.
    package static let text = 65_536
    package static let lines = 2_000
    /// Words of one line: a price with a hundred tiers has about a thousand.
    package static let words = 2_000
    package static let products = 50
    package static let grants = 20
    package static let prices = 50
    package static let trialDays: Int64 = 3_660
    package static let graceDays: Int64 = 366
    /// More is told when these are mended.
    package static let errors = 50
}
