extension PriceFunction {
    /// The most that one more unit can cost, wherever the count of the period is: F(b) − F(a) ≤ ceiling × (b − a) for all a ≤ b.
    ///
    /// An agent that spends a window of money does not know the count of all agents; it spends at the ceiling, and the collector charges
    /// the exact step and frees the rest. nil where volume tiers make it unbounded, so never for `prepaid`.
    package func ceiling() throws(BillingError) -> ExactAmount? {
        let sum = PriceSum(denominator: denominator, currency: currency, periodIsOver: false)
        guard let parts = try sum.ceiling(of: model) else { return nil }
        return try ExactAmount(numerator: parts, denominator: denominator, currency)
    }
}

extension PriceSum {
    /// The largest difference between neighbours, in parts.
    fileprivate func ceiling(of model: PriceModel) throws(BillingError) -> Int128? {
        switch model {
        case .fee: 0
        case .perUnit(let price): try product(price, 1)
        case .graduated(let tiers): try ceiling(of: tiers)
        case .volume: nil
        case .perBlock(_, let amount): parts(amount)
        // A minimum is not charged before the end, and a maximum only takes from steps.
        case .included(_, _, let inner), .free(_, let inner), .minimum(_, let inner), .maximum(_, let inner):
            try ceiling(of: inner)
        case .off(let percentage, let inner): try ceiling(of: inner).map { share(percentage, $0) }
        case .sum(let models): try ceiling(ofAll: models)
        }
    }

    private func ceiling(of tiers: [PriceTier]) throws(BillingError) -> Int128 {
        var most: Int128 = 0
        // The first unit of a tier costs its fee, too.
        for tier in tiers { most = max(most, try sum(product(tier.price, 1), tier.fee.map(parts) ?? 0)) }
        return most
    }

    private func ceiling(ofAll models: [PriceModel]) throws(BillingError) -> Int128? {
        var total: Int128 = 0
        for model in models {
            guard let one = try ceiling(of: model) else { return nil }
            total = try sum(total, one)
        }
        return total
    }
}
