/// What an upgrade, a downgrade or a cancellation in mid-period changes about a fee that was charged in advance.
///
/// The rest of the old period is given back and what follows is charged, each by the second and exact, as two lines: nobody pays twice for
/// a second, and no second is free. A cancellation at the period's end changes nothing and needs none of this.
package struct FeeChange: Hashable, Sendable {
    /// For the seconds of the old fee that will not be used: 0 or less.
    package let credit: ExactAmount
    /// For the seconds of the new fee from the change on: 0 or more.
    package let charge: ExactAmount

    /// The change of one fee to another at an instant of the old one's period.
    ///
    /// `new`: the new fee with its period, which holds the instant: the old period where the billing day stays, one that starts at the
    /// instant where it moves; nil to cancel.
    package init(from old: ProratedFee, to new: ProratedFee?, at instant: Int64) throws(BillingError) {
        guard (old.start...old.end).contains(instant) else {
            throw BillingError(
                "instant", expected: "one from \(old.start) to \(old.end), in the period of the old fee",
                found: "\(instant)",
                advice: "change the fee of the period that holds the instant")
        }
        credit = try old.share(from: instant, to: old.end).negated()
        guard let new else {
            charge = .zero(old.fee.currency)
            return
        }
        if new.fee.currency != old.fee.currency {
            throw .mixed("new.fee", expected: old.fee.currency, found: new.fee.currency)
        }
        guard (new.start...new.end).contains(instant) else {
            throw BillingError(
                "new.period", expected: "one that holds the instant \(instant)", found: "\(new.start) to \(new.end)",
                advice: "use the old period, or one that starts at the instant")
        }
        charge = try new.share(from: instant, to: new.end)
    }

    /// What is to be paid, or if below 0 given back, for the change.
    package func net() throws(BillingError) -> ExactAmount { try charge.adding(credit) }
}
