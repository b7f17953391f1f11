/// Decimal numbers in text, as whole numbers of their last digit: `12.5` with four digits is 125,000.
enum FixedPoint {
    enum Reading: Equatable {
        case number(Int64)
        /// Digits that an int64 does not hold.
        case beyond
        case unreadable
    }

    /// Nineteen digits are the most that count; zeros in front may be more.
    static let longestText = 64

    /// Reads a minus sign if there is one, digits, and behind a point at least one more and at most `digits`. Nothing else: no plus sign,
    /// no separators, no exponent.
    static func read(_ text: Substring, digits: Int) -> Reading {
        guard text.utf8.count <= longestText else { return .unreadable }
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let halves = text.utf8.dropFirst(isNegative ? 1 : 0).split(
            separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = halves.first, !whole.isEmpty, halves.count == 1 || (1...digits).contains(halves[1].count)
        else { return .unreadable }
        var written = Array(whole)
        if halves.count == 2 { written += halves[1] }
        guard written.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else { return .unreadable }
        let missing = halves.count == 2 ? digits - halves[1].count : digits
        written += Array(repeating: UInt8(ascii: "0"), count: missing)
        var magnitude: Int128 = 0
        for digit in written {
            magnitude = magnitude * 10 + Int128(digit - UInt8(ascii: "0"))
            // Seventy digits do not fit 128 bits either, so the check is on the way.
            if magnitude > Int128(Int64.max) + 1 { return .beyond }
        }
        return Int64(exactly: isNegative ? -magnitude : magnitude).map(Reading.number) ?? .beyond
    }

    /// Writes a number with as few digits behind the point as it needs, but at least `least`.
    static func write(_ number: Int64, digits: Int, least: Int) -> String {
        let text = String(number.magnitude)
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.utf8.count)) + text
        var fraction = padded.suffix(digits)
        while fraction.count > least, fraction.last == "0" { fraction.removeLast() }
        return (number < 0 ? "-" : "") + padded.dropLast(digits) + (fraction.isEmpty ? "" : ".") + fraction
    }
}
