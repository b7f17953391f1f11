/// Computes a checked price: numbers are whole parts, `denominator` of which are a nano-unit, so that nothing is ever rounded.
///
/// An amount within the range of `Money` is at most 2^63 × 2^63 parts and fits; what does not is an error.
struct PriceSum {
    let denominator: Int64
    let currency: Currency
    /// Whether minimums apply.
    let periodIsOver: Bool

    /// What the units cost, in parts; an error where it, or anything that it is made of, is beyond the range of `Money`.
    func value(of model: PriceModel, _ units: Int64) throws(BillingError) -> Int128 {
        let value = try unboundedValue(of: model, units)
        guard value <= Int128(Int64.max) * Int128(denominator) else { throw .tooLarge("cost", currency) }
        return value
    }

    private func unboundedValue(of model: PriceModel, _ units: Int64) throws(BillingError) -> Int128 {
        switch model {
        case .fee(let amount): parts(amount)
        case .perUnit(let price): try product(price, units)
        case .graduated(let tiers): try graduated(tiers, units)
        case .volume(let tiers): try volume(tiers, units)
        case .perBlock(let size, let amount): try blocks(of: size, amount, units)
        case .included(let covered, let fee, let beyond):
            try sum(parts(fee), value(of: beyond, max(0, units - covered)))
        case .free(let covered, let beyond): try value(of: beyond, max(0, units - covered))
        case .minimum(let least, let inner):
            periodIsOver ? max(parts(least), try value(of: inner, units)) : try value(of: inner, units)
        case .maximum(let most, let inner): min(parts(most), try value(of: inner, units))
        case .off(let percentage, let inner): share(percentage, try value(of: inner, units))
        case .sum(let models): try total(of: models, units)
        }
    }

    /// What is left of an amount: its parts can be divided, because the denominator has the percentage's as a factor.
    func share(_ percentage: Percentage, _ value: Int128) -> Int128 {
        let (kept, whole) = percentage.kept
        return value / Int128(whole) * Int128(kept)
    }

    func parts(_ amount: Money) -> Int128 { Int128(amount.nano) * Int128(denominator) }

    func product(_ price: UnitPrice, _ units: Int64) throws(BillingError) -> Int128 {
        let (nano, per) = price.reduced
        // Units × nano-units fit 126 bits; what does not fit in the end is beyond any amount.
        let (product, overflow) = (Int128(units) * Int128(nano)).multipliedReportingOverflow(
            by: Int128(denominator / per))
        if overflow { throw .tooLarge("cost", currency) }
        return product
    }

    func sum(_ first: Int128, _ second: Int128) throws(BillingError) -> Int128 {
        let (sum, overflow) = first.addingReportingOverflow(second)
        if overflow { throw .tooLarge("cost", currency) }
        return sum
    }

    private func total(of models: [PriceModel], _ units: Int64) throws(BillingError) -> Int128 {
        var total: Int128 = 0
        for model in models { total = try sum(total, value(of: model, units)) }
        return total
    }

    private func graduated(_ tiers: [PriceTier], _ units: Int64) throws(BillingError) -> Int128 {
        var total: Int128 = 0
        var start: Int64 = 0
        for tier in tiers where units > start {
            let end = min(units, tier.upTo ?? units)
            total = try sum(total, product(tier.price, end - start))
            if let fee = tier.fee { total = try sum(total, parts(fee)) }
            start = end
        }
        return total
    }

    private func volume(_ tiers: [PriceTier], _ units: Int64) throws(BillingError) -> Int128 {
        guard units > 0, let tier = tiers.first(where: { units <= $0.upTo ?? units }) else { return 0 }
        return try sum(product(tier.price, units), tier.fee.map(parts) ?? 0)
    }

    private func blocks(of size: Int64, _ amount: Money, _ units: Int64) throws(BillingError) -> Int128 {
        let (whole, rest) = units.quotientAndRemainder(dividingBy: size)
        return try product(UnitPrice(amount), whole + (rest > 0 ? 1 : 0))
    }
}

extension Percentage {
    /// What a reduction by the percentage leaves, in lowest terms.
    var kept: (parts: Int64, whole: Int64) {
        let (parts, whole) = (Int64(Self.whole - partsPerMillion), Int64(Self.whole))
        let divisor = greatestCommonDivisor(whole, parts)
        return (parts / divisor, whole / divisor)
    }
}
