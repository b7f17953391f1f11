/// Numbers as people read them.
enum Wording {
    /// A duration in the unit that fits: `38 µs`, `5 ms`, `1.5 s`, `3 min`, `2 h`.
    static func duration(_ duration: Duration) -> String {
        let microseconds = duration / .microseconds(1)
        let units = [(3_600e6, "h"), (60e6, "min"), (1e6, "s"), (1e3, "ms")]
        // The largest unit of which there is one, as it is shown: 59.99 min are 1 h.
        for (size, unit) in units where (microseconds / size * 10).rounded() >= 10 {
            return "\(short(microseconds / size)) \(unit)"
        }
        return "\(Int(microseconds.rounded(.up))) µs"
    }

    /// At most one digit behind the point.
    private static func short(_ number: Double) -> String {
        let tenths = (number * 10).rounded()
        return tenths.truncatingRemainder(dividingBy: 10) == 0 ? "\(Int(tenths / 10))" : "\(tenths / 10)"
    }

    /// A whole number with a comma between thousands.
    static func count(_ number: UInt64) -> String {
        var groups: [String] = []
        var rest = String(number)[...]
        while rest.count > 3 {
            groups.insert(String(rest.suffix(3)), at: 0)
            rest = rest.dropLast(3)
        }
        return ([String(rest)] + groups).joined(separator: ",")
    }

    /// A number with so many digits behind the point, always: columns stay in line.
    static func decimals(_ number: Double, _ digits: Int) -> String {
        var scale: Int64 = 1
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((number.magnitude * Double(scale)).rounded())
        let fraction = String(scaled % scale)
        let text = "\(scaled / scale).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
        return number < 0 && scaled > 0 ? "-\(text)" : text
    }

    /// Bytes with a binary unit: `12.5 MiB`.
    static func bytes(_ number: UInt64) -> String {
        for (factor, unit) in [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] where number >= UInt64(factor) {
            return "\(short(Double(number) / Double(factor))) \(unit)"
        }
        return "\(number) B"
    }
}
