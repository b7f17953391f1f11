/// What a seller stands to lose with a consumer who pays afterwards, in one currency.
package struct Exposure: Hashable, Sendable {
    /// Invoiced and not paid.
    package let unpaid: Money
    /// Used and not invoiced.
    package let unbilled: Money
    /// What the seller owes others for it already.
    package let upstream: Money

    package init(unpaid: Money, unbilled: Money, upstream: Money) throws(BillingError) {
        for (field, amount) in [("unbilled", unbilled), ("upstream", upstream)] where amount.currency != unpaid.currency
        {
            throw .mixed("exposure.\(field)", expected: unpaid.currency, found: amount.currency)
        }
        self.unpaid = unpaid
        self.unbilled = unbilled
        self.upstream = upstream
    }

    package func total() throws(BillingError) -> Money { try unpaid.adding(unbilled).adding(upstream) }

    /// What may still be used under a credit limit; below 0 where the limit is passed.
    package func headroom(under limit: Money) throws(BillingError) -> Money { try limit.subtracting(total()) }
}
