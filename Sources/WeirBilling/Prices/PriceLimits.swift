/// How large a price may be; more is refused. Real ones have a handful of tiers, two or three deep.
package enum PriceLimits {
    package static let tiers = 100
    package static let parts = 100
    package static let depth = 16
    /// Tiers and parts together, so that wide and deep ones do not multiply.
    package static let nodes = 1_000
}
