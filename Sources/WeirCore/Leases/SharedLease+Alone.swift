/// What an agent may admit by itself while the store does not answer: the outage policy `local`.
///
/// Of a bucket a share of B/N that starts empty and is made anew at R/N; of a window Q/N in all; of slots ⌊n/N⌋, at least one. The
/// store hears of it afterwards, as a debt.
extension SharedLease {
    /// Whether that many tokens are in the agent's share.
    ///
    /// - Parameter fleet: N, agents that share.
    package mutating func hasAlone(_ cost: Int64, fleet: Int64, now: Int64, _ pace: LeasePace) -> Bool {
        let fleet = max(1, fleet)
        switch kind {
        case .bucket:
            fillAlone(fleet: fleet, now: now, pace)
            let (price, overflow) = cost.multipliedReportingOverflow(by: terms.per)
            return !overflow && aloneCredit >= price
        case .window: return spent &+ cost <= terms.capacity / fleet
        case .slots: return inUse &+ cost <= max(1, terms.capacity / fleet)
        }
    }

    /// Takes tokens that `hasAlone` has found.
    package mutating func spendAlone(_ cost: Int64, now: Int64) {
        if kind == .bucket { aloneCredit &-= cost &* terms.per }
        owe(cost, now: now)
    }

    /// Charges the share with tokens that were used and not in hand: at most one whole share is owed.
    mutating func oweAlone(_ amount: Int64, fleet: Int64, now: Int64, _ pace: LeasePace) {
        guard kind == .bucket else { return }
        let fleet = max(1, fleet)
        fillAlone(fleet: fleet, now: now, pace)
        let (price, overflow) = amount.multipliedReportingOverflow(by: terms.per)
        let least = min(aloneCredit, -(terms.fullCredit / fleet))
        aloneCredit = max(
            least, aloneCredit &- (overflow ? LimitTerms.maximumProduct : min(price, LimitTerms.maximumProduct)))
    }

    /// Microseconds until that many can be in the share; nil when there never are, or nobody knows.
    package func waitAlone(_ cost: Int64, fleet: Int64) -> Int64? {
        let (price, overflow) = cost.multipliedReportingOverflow(by: terms.per)
        guard kind == .bucket, !overflow, price <= terms.fullCredit / max(1, fleet) else { return nil }
        let (wait, tooLong) = (max(0, price &- aloneCredit) / terms.numerator &+ 1).multipliedReportingOverflow(
            by: fleet)
        return tooLong ? nil : wait
    }

    /// Credit is counted as a bucket's, in tokens × `per`; the share of what time makes is rounded down, and the time for it up.
    private mutating func fillAlone(fleet: Int64, now: Int64, _ pace: LeasePace) {
        guard aloneAt != 0 else {
            (aloneAt, aloneCredit) = (max(1, now), 0)
            return
        }
        // Spans are rounded down to a tenth of a millisecond.
        guard now &- aloneAt >= 1_000 else { return }
        let full = terms.fullCredit / fleet
        let passed = pace.shortest(max(0, now &- aloneAt))
        let (made, overflow) = terms.numerator.multipliedReportingOverflow(by: passed)
        let gain = made / fleet
        guard !overflow, gain < full &- aloneCredit else {
            (aloneAt, aloneCredit) = (now, max(aloneCredit, full))
            return
        }
        guard gain > 0 else { return }
        aloneCredit &+= gain
        aloneAt = now
    }
}
