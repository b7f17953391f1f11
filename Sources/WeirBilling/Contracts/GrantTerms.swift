/// A grant that is to be issued: how much of what, and until when.
package struct GrantTerms: Hashable, Sendable {
    package let allowance: Allowance
    package let start: Int64
    /// The first second at which it is worth nothing; nil for never.
    package let expires: Int64?

    package init(allowance: Allowance, start: Int64, expires: Int64?) {
        self.allowance = allowance
        self.start = start
        self.expires = expires
    }
}

extension Allowance {
    /// The part of it that belongs to the seconds of a period from an instant on, rounded up.
    func share(of span: PeriodSpan, from instant: Int64) -> Allowance {
        switch self {
        case .units(let units, let meter): .units(span.share(of: units, from: instant), meter: meter)
        case .money(let amount): .money(Money(nano: span.share(of: amount.nano, from: instant), amount.currency))
        }
    }
}
