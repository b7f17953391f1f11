/// The same thing measured several times.
package struct Samples: Equatable, Sendable {
    package private(set) var values: [Double]

    package init(_ values: [Double] = []) { self.values = values }

    package mutating func add(_ value: Double) { values.append(value) }

    /// The middle one, or the mean of the two in the middle; 0 without any.
    package var median: Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    package var lowest: Double { values.min() ?? 0 }
    package var highest: Double { values.max() ?? 0 }

    /// Each value by its partner of the same round: what drifts with the machine cancels out.
    package func ratios(to others: Samples) -> Samples {
        Samples(zip(values, others.values).map { $1 == 0 ? 0 : $0 / $1 })
    }
}
