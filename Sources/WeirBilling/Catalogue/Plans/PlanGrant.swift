/// What a purchase or a period gives.
package struct PlanGrant: Hashable, Sendable {
    package let allowance: Allowance

    package init(_ allowance: Allowance) { self.allowance = allowance }
}

/// An amount of what a grant or an overdraft is counted in.
package enum Allowance: Hashable, Sendable {
    /// Units of a meter, by its code; 1 or more.
    case units(Int64, meter: String)
    /// An amount above 0.
    case money(Money)

    /// The unit in which accounts and the policy name it: a meter's code, or `money:USD`.
    package var unit: String {
        switch self {
        case .units(_, let meter): meter
        case .money(let amount): "money:\(amount.currency.code)"
        }
    }

    package var meter: String? {
        if case .units(_, let meter) = self { meter } else { nil }
    }

    /// Base units, or nano-units of money.
    package var amount: Int64 {
        switch self {
        case .units(let units, _): units
        case .money(let money): money.nano
        }
    }
}
