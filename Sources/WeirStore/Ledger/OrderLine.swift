/// What an order credits.
package struct OrderLine: Equatable, Sendable {
    package var unit: LedgerUnit
    /// Base units of the ledger: 1 or more; an adjustment may be below 0.
    package var amount: Int64
    /// Grants with a lower one are drawn first.
    package var priority: Int64
    /// From when on it may be drawn, in seconds since 1970; nil for from now on.
    package var effectiveAt: Int64?
    /// When what is left of it is gone; nil for never.
    package var expiresAt: Int64?
    /// At what money is spent, until the exact price is known; not used for units.
    package var ceiling: UnitCeiling
    /// Of adjustments: which grant.
    package var grant: String?
    /// Of adjustments: whether money goes back to the consumer, outside.
    package var isRefund: Bool

    package init(
        unit: LedgerUnit, amount: Int64, priority: Int64 = 0, effectiveAt: Int64? = nil, expiresAt: Int64? = nil,
        ceiling: UnitCeiling = .one, grant: String? = nil, isRefund: Bool = false
    ) {
        self.unit = unit
        self.amount = amount
        self.priority = priority
        self.effectiveAt = effectiveAt
        self.expiresAt = expiresAt
        self.ceiling = ceiling
        self.grant = grant
        self.isRefund = isRefund
    }
}
