/// Numbers with sizes, as in limits: `1000`, `10k`, `5GB`.
enum PlanNumber {
    private static let sizes: [(name: String, factor: Int64)] = [
        ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000),
        ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ]

    /// The value, nil in it where it does not fit; nil for what is no number.
    static func read(_ text: String) -> (value: Int64?, isNumber: Bool)? {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty, text.utf8.count <= 64 else { return nil }
        let size = text.dropFirst(digits.count)
        guard size.isEmpty || sizes.contains(where: { $0.name == size }) else { return nil }
        let factor = sizes.first { $0.name == size }?.factor ?? 1
        guard let number = Int64(String(decoding: digits, as: UTF8.self)) else { return (nil, true) }
        let (value, overflow) = number.multipliedReportingOverflow(by: factor)
        return (overflow ? nil : value, true)
    }

    /// The number with the largest size that leaves it whole; thousands stay digits where they are no bytes.
    static func write(_ number: Int64, ofBytes: Bool) -> String {
        let names = ofBytes ? ["TB", "GB", "MB", "kB", "TiB", "GiB", "MiB", "KiB"] : ["G", "M"]
        for name in names {
            guard let factor = sizes.first(where: { $0.name == name })?.factor, number >= factor, number % factor == 0
            else { continue }
            return "\(number / factor)\(name)"
        }
        return "\(number)"
    }
}
