extension PriceCheck {
    /// The denominator of an amount, which is 1, if it may be part of the price.
    func amount(_ money: Money, at field: String) throws(BillingError) -> Int64 {
        if money.currency != currency { throw .mixed(field, expected: currency, found: money.currency) }
        guard money.nano >= 0 else {
            throw BillingError(
                field, expected: "an amount of 0 or more", found: "\(money)",
                advice: "give reductions as a percentage off")
        }
        return 1
    }

    func price(_ price: UnitPrice, at field: String) throws(BillingError) -> Int64 {
        _ = try amount(price.amount, at: "\(field).amount")
        try units(price.per, least: 1, at: "\(field).per")
        return price.reduced.per
    }

    func units(_ units: Int64, least: Int64, at field: String) throws(BillingError) {
        guard units >= least else {
            throw BillingError(
                field, expected: "\(least) or more units", found: "\(units)",
                advice: least == 0 ? "use 0 for none" : "write how many units the amount is for")
        }
    }

    func size(_ count: Int, most: Int, _ what: String, at field: String) throws(BillingError) {
        guard (1...most).contains(count) else {
            throw BillingError(
                field, expected: "1 to \(most) \(what)", found: count == 0 ? "none" : "\(count)",
                advice: count == 0 ? "add one" : "use fewer")
        }
    }

    func end(of tier: PriceTier, after start: Int64, isLast: Bool, at field: String) throws(BillingError) {
        guard let upTo = tier.upTo else {
            if isLast { return }
            throw BillingError(
                field, expected: "the tier's last unit", found: "no end before the last tier",
                advice: "leave it out only in the last")
        }
        if isLast {
            throw BillingError(
                field, expected: "no end in the last tier", found: "\(upTo)",
                advice: "add a tier without an end for the units beyond; a price of 0 makes them free")
        }
        guard upTo > start else {
            throw BillingError(
                field, expected: "more than \(start), where the tier before ends", found: "\(upTo)",
                advice: "order the tiers by their ends, which count from the period's first unit")
        }
    }

    func order(_ least: Money, _ most: Money, at field: String) throws(BillingError) {
        guard least.nano <= most.nano else {
            throw BillingError(
                field, expected: "a minimum that is not above the maximum", found: "\(least) and \(most)",
                advice: "lower the minimum or raise the maximum")
        }
    }

    func refuseVolumeWherePrepaid(at field: String) throws(BillingError) {
        guard settlement == .arrears else {
            throw BillingError(
                field, expected: "a price that never falls, as usage is paid from a balance", found: "volume tiers",
                advice: "use graduated tiers, or sell the plan post-paid")
        }
    }

    func multiple(_ first: Int64, _ second: Int64, at field: String) throws(BillingError) -> Int64 {
        try fitting(leastCommonMultiple(first, second).map { ($0, false) } ?? (0, true), at: field)
    }

    func fitting(_ result: (partialValue: Int64, overflow: Bool), at field: String) throws(BillingError) -> Int64 {
        guard !result.overflow else {
            throw BillingError(
                field, expected: "prices whose fractions have a common denominator of at most \(Int64.max)",
                found: "a larger one",
                advice: "use prices per 1000, per 1000000 or the like, and percentages with fewer digits")
        }
        return result.partialValue
    }
}
