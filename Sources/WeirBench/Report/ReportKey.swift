/// A key of the report, as it is written.
struct ReportKey: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringLiteral value: String) { stringValue = value }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension KeyedEncodingContainer<ReportKey> {
    /// Writes a figure with at most four digits behind the point: no run measures more.
    mutating func encode(_ value: Double, _ key: ReportKey) throws {
        try encode((value * 10_000).rounded() / 10_000, forKey: key)
    }

    /// An object of its own under a key.
    mutating func object(_ key: ReportKey, _ body: (inout KeyedEncodingContainer<ReportKey>) throws -> Void) throws {
        var object = nestedContainer(keyedBy: ReportKey.self, forKey: key)
        try body(&object)
    }

    /// The median of several measurements, with the lowest and the highest.
    mutating func encode(_ samples: Samples, _ key: String) throws {
        try encode(samples.median, ReportKey(stringValue: key))
        try encode(samples.lowest, ReportKey(stringValue: "\(key)_lowest"))
        try encode(samples.highest, ReportKey(stringValue: "\(key)_highest"))
    }

    mutating func encode(_ latencies: Latencies) throws {
        try encode(latencies.microseconds(percentile: 50), "p50_us")
        try encode(latencies.microseconds(percentile: 99), "p99_us")
        try encode(latencies.microseconds(percentile: 99.9), "p999_us")
        try encode(latencies.microseconds(percentile: 100), "maximum_us")
    }
}
