/// What a plan charges for a meter.
package struct MeterPrice: Hashable, Sendable {
    package let model: PriceModel
    /// What happens when the plan's grants of the meter are used up; `charge` where it grants none.
    package let exhausted: WhenUsedUp

    package init(_ model: PriceModel, exhausted: WhenUsedUp = .charge) {
        self.model = model
        self.exhausted = exhausted
    }

    /// Units that cost nothing more, at the start of a period: those of the outermost `free` or `included`.
    package var included: Int64 {
        var model = model
        while true {
            switch model {
            case .free(let units, _), .included(let units, _, _): return units
            case .minimum(_, let inner), .maximum(_, let inner), .off(_, let inner): model = inner
            default: return 0
            }
        }
    }
}

/// What happens to calls when what was granted is used up.
package enum WhenUsedUp: Hashable, Sendable {
    case deny
    /// They are charged at the meter's price.
    case charge
    /// They are charged until that comes to an amount in the period, and then denied.
    case chargeTo(Money)
}
