/// Checks a price model, and finds the denominator that all of its values have in common.
struct PriceCheck {
    let currency: Currency
    let settlement: Settlement
    private var nodes = 0

    init(currency: Currency, settlement: Settlement) {
        self.currency = currency
        self.settlement = settlement
    }

    /// The smallest denominator of every value of a model that is right. `place`: its path from the price.
    mutating func denominator(of model: PriceModel, at place: String, depth: Int) throws(BillingError) -> Int64 {
        guard depth <= PriceLimits.depth else {
            throw BillingError(
                place, expected: "at most \(PriceLimits.depth) prices inside one another", found: "more",
                advice: "write the price with fewer of them")
        }
        try count(1, at: place)
        switch model {
        case .fee(let fee):
            return try amount(fee, at: "\(place).fee")
        case .perUnit(let unitPrice):
            return try price(unitPrice, at: "\(place).perUnit")
        case .graduated(let list):
            return try tiers(list, at: "\(place).graduated")
        case .volume(let list):
            try refuseVolumeWherePrepaid(at: "\(place).volume")
            return try tiers(list, at: "\(place).volume")
        case .perBlock(let size, let fee):
            try units(size, least: 1, at: "\(place).perBlock.of")
            return try amount(fee, at: "\(place).perBlock.amount")
        case .included(let covered, let fee, let beyond):
            try units(covered, least: 0, at: "\(place).included.units")
            _ = try amount(fee, at: "\(place).included.for")
            return try denominator(of: beyond, at: "\(place).included.then", depth: depth + 1)
        case .free(let covered, let beyond):
            try units(covered, least: 0, at: "\(place).free.units")
            return try denominator(of: beyond, at: "\(place).free.then", depth: depth + 1)
        case .minimum(let least, let inner):
            _ = try amount(least, at: "\(place).minimum.amount")
            if case .maximum(let most, _) = inner { try order(least, most, at: "\(place).minimum.amount") }
            return try denominator(of: inner, at: "\(place).minimum.of", depth: depth + 1)
        case .maximum(let most, let inner):
            _ = try amount(most, at: "\(place).maximum.amount")
            if case .minimum(let least, _) = inner { try order(least, most, at: "\(place).maximum.amount") }
            return try denominator(of: inner, at: "\(place).maximum.of", depth: depth + 1)
        case .off(let percentage, let inner):
            let found = try denominator(of: inner, at: "\(place).off.of", depth: depth + 1)
            return try fitting(
                found.multipliedReportingOverflow(by: percentage.kept.whole), at: "\(place).off.percentage")
        case .sum(let models):
            return try sum(models, at: "\(place).sum", depth: depth)
        }
    }

    private mutating func sum(_ models: [PriceModel], at place: String, depth: Int) throws(BillingError) -> Int64 {
        try size(models.count, most: PriceLimits.parts, "prices", at: place)
        var common: Int64 = 1
        for (index, model) in models.enumerated() {
            let found = try denominator(of: model, at: "\(place)[\(index)]", depth: depth + 1)
            common = try multiple(common, found, at: "\(place)[\(index)]")
        }
        return common
    }

    private mutating func tiers(_ tiers: [PriceTier], at place: String) throws(BillingError) -> Int64 {
        try size(tiers.count, most: PriceLimits.tiers, "tiers", at: place)
        try count(tiers.count, at: place)
        var common: Int64 = 1
        var start: Int64 = 0
        for (index, tier) in tiers.enumerated() {
            let field = "\(place)[\(index)]"
            try end(of: tier, after: start, isLast: index == tiers.count - 1, at: "\(field).upTo")
            start = tier.upTo ?? start
            common = try multiple(common, price(tier.price, at: "\(field).price"), at: "\(field).price.per")
            if let fee = tier.fee { _ = try amount(fee, at: "\(field).fee") }
        }
        return common
    }

    private mutating func count(_ more: Int, at place: String) throws(BillingError) {
        nodes += more
        guard nodes <= PriceLimits.nodes else {
            throw BillingError(
                place, expected: "at most \(PriceLimits.nodes) tiers and parts in a price", found: "more",
                advice: "use fewer, or several meters")
        }
    }
}
