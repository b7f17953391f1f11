/// Prices as `PlanWords.price` reads them.
struct PriceWriter {
    /// Whether numbers of units are bytes, so that they are written as 10GB.
    let ofBytes: Bool

    func price(_ model: PriceModel) -> String {
        switch model {
        case .minimum(let amount, let inner): "\(price(inner)) minimum \(amount.figure)"
        case .maximum(let amount, let inner): "\(price(inner)) maximum \(amount.figure)"
        case .off(let percentage, let inner): "\(price(inner)) \(percentage) off"
        case .sum(let models): models.count == 1 ? price(models[0]) : models.map(form).joined(separator: " and ")
        default: form(model)
        }
    }

    private func form(_ model: PriceModel) -> String {
        switch model {
        case .fee(let amount): "fee \(amount.figure)"
        case .perUnit(let price): price.amount.nano == 0 && price.per == 1 ? "free" : "per unit \(rate(price))"
        case .graduated(let tiers): "graduated \(self.tiers(tiers))"
        case .volume(let tiers): "volume \(self.tiers(tiers))"
        case .perBlock(let size, let amount): "package of \(number(size)) for \(amount.figure)"
        case .included(let units, let fee, let beyond):
            "included \(number(units)) for \(fee.figure) then \(form(beyond))"
        case .free(let units, let beyond): "free \(number(units)) then \(form(beyond))"
        case .sum(let models) where models.count == 1: form(models[0])
        case .sum, .minimum, .maximum, .off: "(\(price(model)))"
        }
    }

    private func tiers(_ tiers: [PriceTier]) -> String {
        tiers.map { tier in
            (tier.upTo.map { "up to \(number($0)) " } ?? "") + rate(tier.price)
                + (tier.fee.map { " plus \($0.figure)" } ?? "")
        }.joined(separator: " then ")
    }

    private func rate(_ price: UnitPrice) -> String {
        price.per == 1 ? price.amount.figure : "\(price.amount.figure) per \(number(price.per))"
    }

    private func number(_ number: Int64) -> String { PlanNumber.write(number, ofBytes: ofBytes) }
}
