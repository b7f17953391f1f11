/// The text of an API key: `weir_live_` or `weir_test_`, 30 random digits in base 62, and 6 more that are the CRC-32 (ISO-HDLC) of all
/// before them.
///
/// The checksum refuses typos without asking anybody, and lets scanners of source code know a key from noise. It is no secret: who
/// invents a key can compute it.
package enum KeyText {
    package enum Use: String, Sendable, CaseIterable {
        case live, test

        package var prefix: String { "weir_\(rawValue)_" }
    }

    /// Bytes of every key.
    package static let byteCount = 46
    /// Bytes of the prefix and of the random part.
    package static let prefixBytes = 10
    package static let randomDigits = 30
    package static let checksumDigits = 6
    /// Random bytes to mint from: those below 248 become a digit each, and 30 of 64 are, but for one time in 10³⁰.
    package static let mintBytes = 64

    private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// Mints a key.
    ///
    /// - Parameter random: `mintBytes` bytes of a generator that nobody can foresee.
    /// - Returns: nil when too few of the bytes are below 248: draw others.
    package static func mint(_ use: Use, random: some Sequence<UInt8>) -> String? {
        // 248 is four times 62: below it every digit is as likely as any other.
        let chosen = Array(random).filter { $0 < 248 }.prefix(randomDigits).map { digits[Int($0 % 62)] }
        var text = Array(use.prefix.utf8) + chosen
        guard text.count == prefixBytes + randomDigits else { return nil }
        text += checksum(of: text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether the bytes have the form of a key and the right checksum; says nothing of whether anybody has it.
    package static func isWellFormed(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount == byteCount else { return false }
        let prefix = bytes.extracting(0..<prefixBytes)
        guard prefix.equals("weir_live_") || prefix.equals("weir_test_") else { return false }
        for offset in prefixBytes..<prefixBytes + randomDigits where !isDigit(bytes.byte(offset)) { return false }
        var rest = CRC32.checksum(bytes.extracting(0..<prefixBytes + randomDigits))
        for offset in (prefixBytes + randomDigits..<byteCount).reversed() {
            guard bytes.byte(offset) == digits[Int(rest % 62)] else { return false }
            rest /= 62
        }
        return true
    }

    package static func isWellFormed(_ text: String) -> Bool { Array(text.utf8).withBytes { isWellFormed($0) } }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte.isDigit || byte.lowercasedASCII &- 0x61 < 26
    }

    /// Six digits, the most significant first: 62⁶ is more than 2³².
    private static func checksum(of text: [UInt8]) -> [UInt8] {
        var rest = text.withBytes { CRC32.checksum($0) }
        var written = [UInt8](repeating: 0, count: checksumDigits)
        for place in (0..<checksumDigits).reversed() {
            written[place] = digits[Int(rest % 62)]
            rest /= 62
        }
        return written
    }
}
