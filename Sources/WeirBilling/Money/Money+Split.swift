extension Money {
    /// Parts of the amount in proportion to weights, in nano-units, that add up to it exactly.
    ///
    /// Each part gets its share without the fraction; what is left goes by one nano-unit to the largest fractions, and among equal
    /// ones to the first: the same input always gives the same parts.
    package func split(by weights: [Int64]) throws(BillingError) -> [Money] {
        var total: Int128 = 0
        for (index, weight) in weights.enumerated() {
            guard weight >= 0 else {
                throw BillingError(
                    "weights[\(index)]", expected: "0 or more", found: "\(weight)",
                    advice: "leave out what has no share")
            }
            total += Int128(weight)
        }
        guard total > 0 else {
            throw BillingError(
                "weights", expected: "at least one above 0", found: weights.isEmpty ? "none" : "only zeros",
                advice: "give a weight to at least one part")
        }
        let magnitude = Int128(nano.magnitude)
        var shares: [Int128] = []
        var fractions: [Int128] = []
        for weight in weights {
            let (share, fraction) = (magnitude * Int128(weight)).quotientAndRemainder(dividingBy: total)
            shares.append(share)
            fractions.append(fraction)
        }
        let left = Int(magnitude - shares.reduce(0, +))
        let byFraction = fractions.indices.sorted { (fractions[$1], $0) < (fractions[$0], $1) }
        for index in byFraction.prefix(left) { shares[index] += 1 }
        return shares.map { Money(nano: Int64(nano < 0 ? -$0 : $0), currency) }
    }
}
