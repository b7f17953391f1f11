/// Spreads the return of denied clients: a little is added to each `Retry-After`, never taken away, so that those who were
/// denied together do not come back together.
package struct RetryJitter: Sendable {
    /// The most that is added.
    package enum Bound: Equatable, Sendable {
        case none
        case microseconds(UInt64)
        /// Of the wait itself, 1 to 100.
        case percent(UInt64)
    }

    private var state: UInt64

    /// - Parameter seed: another one for each agent; the same gives the same numbers.
    package init(seed: UInt64) { state = seed }

    /// A wait with something between nothing and the bound added.
    package mutating func lengthen(_ microseconds: UInt64, by bound: Bound) -> UInt64 {
        let most: UInt64 =
            switch bound {
            case .none: 0
            case .microseconds(let most): most
            case .percent(let percent):
                microseconds / 100 * min(percent, 100) + microseconds % 100 * min(percent, 100) / 100
            }
        guard most > 0 else { return microseconds }
        let (range, isAll) = most.addingReportingOverflow(1)
        let part = isAll ? next() : next().multipliedFullWidth(by: range).high
        let (sum, overflow) = microseconds.addingReportingOverflow(part)
        return overflow ? .max - 1 : sum
    }

    /// SplitMix64 (Steele, Lea and Flood, 2014): one addition and three mixes, and no allocation.
    private mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}
