/// A subscription and the number of one of its periods: what usage and invoice lines are of. A change of plan begins a new one, so that each has
/// one plan.
package struct Contract: Hashable, Sendable {
    package let subscription: String
    /// From 1; each is one more than the last.
    package let number: Int64
    package let start: Int64
    /// The first second that is not of it; nil for packages, which have no periods.
    package let end: Int64?
    /// Where its period begins, which may be before its start: in a first period that is short, or after a change of plan.
    package let wholeStart: Int64
    package let isTrial: Bool

    package init(subscription: String, number: Int64, start: Int64, end: Int64?, wholeStart: Int64, isTrial: Bool) {
        self.subscription = subscription
        self.number = number
        self.start = start
        self.end = end
        self.wholeStart = wholeStart
        self.isTrial = isTrial
    }

    /// As usage cells carry it: `sub_01…/3`.
    package var name: String { "\(subscription)/\(number)" }

    /// The period that it is a part of; nil for packages.
    package var span: PeriodSpan? {
        end.map { PeriodSpan(number: number, start: start, end: $0, wholeStart: wholeStart) }
    }
}
