/// How a price comes to what it is, step by step, for people.
enum PriceBreakdown {
    /// A step and its amount; nil where it only says what follows.
    typealias Step = (text: String, amount: ExactAmount?)

    static func steps(_ model: PriceModel, units: Int64, in currency: Currency, isOver: Bool) throws(BillingError)
        -> [Step]
    {
        switch model {
        case .fee(let amount): return [("fee", ExactAmount(amount))]
        case .perUnit(let price): return [("\(units) at \(price)", try amount(model, units, currency))]
        case .graduated(let tiers): return try graduated(tiers, units, currency)
        case .volume(let tiers):
            let tier = tiers.first { units <= $0.upTo ?? units }
            return [
                (
                    "all \(units) at \(tier.map { "\($0.price)" } ?? "nothing")\(fee(tier))",
                    try amount(model, units, currency)
                )
            ]
        case .perBlock(let size, let price):
            let blocks = units / size + (units % size > 0 ? 1 : 0)
            return [("\(blocks) blocks of \(size) at \(price)", try amount(model, units, currency))]
        case .included(let covered, let fee, let inner):
            return [("\(covered) included", ExactAmount(fee))]
                + (try steps(inner, units: max(0, units - covered), in: currency, isOver: isOver))
        case .free(let covered, let inner):
            return [("\(min(covered, units)) of \(covered) free", .zero(currency))]
                + (try steps(inner, units: max(0, units - covered), in: currency, isOver: isOver))
        case .minimum(let least, let inner):
            let note = isOver ? "at least \(least)" : "at least \(least), when the period is over"
            return try modified(model, inner, note, units, currency, isOver)
        case .maximum(let most, let inner):
            return try modified(model, inner, "at most \(most)", units, currency, isOver)
        case .off(let percentage, let inner):
            return try modified(model, inner, "\(percentage) off", units, currency, isOver)
        case .sum(let models):
            var all: [Step] = []
            for part in models { all += try steps(part, units: units, in: currency, isOver: isOver) }
            return all
        }
    }

    /// The steps of what is modified, and the amount that comes of them.
    private static func modified(
        _ model: PriceModel, _ inner: PriceModel, _ note: String, _ units: Int64, _ currency: Currency, _ isOver: Bool
    ) throws(BillingError) -> [Step] {
        var all = try steps(inner, units: units, in: currency, isOver: isOver).map {
            (text: $0.text, amount: $0.amount)
        }
        let price = try PriceFunction(model, in: currency, settled: .arrears)
        all.append(("\(note): in all", isOver ? try price.closingCost(of: units) : try price.cost(of: units)))
        return all
    }

    private static func graduated(_ tiers: [PriceTier], _ units: Int64, _ currency: Currency) throws(BillingError)
        -> [Step]
    {
        var all: [Step] = []
        var start: Int64 = 0
        for tier in tiers where units > start {
            let end = min(units, tier.upTo ?? units)
            let only = PriceModel.sum([.perUnit(tier.price)] + (tier.fee.map { [.fee($0)] } ?? []))
            all.append(
                ("units \(start + 1) to \(end) at \(tier.price)\(fee(tier))", try amount(only, end - start, currency)))
            start = end
        }
        return all.isEmpty ? [("no units", .zero(currency))] : all
    }

    private static func fee(_ tier: PriceTier?) -> String { tier?.fee.map { " plus \($0)" } ?? "" }

    private static func amount(_ model: PriceModel, _ units: Int64, _ currency: Currency) throws(BillingError)
        -> ExactAmount
    {
        try PriceFunction(model, in: currency, settled: .arrears).cost(of: units)
    }
}
