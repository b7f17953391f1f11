/// Where requests of Redis's protocol end: arrays of strings, each with its length before it.
package enum RequestLength {
    /// Bytes of the first request; nil while it is not whole. What is no request passes as it is.
    package static func first(_ bytes: [UInt8]) -> Int? {
        guard !bytes.isEmpty else { return nil }
        guard bytes[0] == UInt8(ascii: "*") else { return bytes.count }
        var place = 0
        guard let count = number(bytes, &place) else { return nil }
        for _ in 0..<max(0, count) {
            guard place < bytes.count, let length = number(bytes, &place) else { return nil }
            place += max(0, length) + 2
        }
        return place <= bytes.count ? place : nil
    }

    /// The number behind a mark, up to the end of its line.
    private static func number(_ bytes: [UInt8], _ place: inout Int) -> Int? {
        guard let end = bytes[place...].firstIndex(of: 0x0a) else { return nil }
        var number = 0
        for byte in bytes[(place + 1)..<end] where byte >= 0x30 && byte <= 0x39 {
            number = min(number * 10 + Int(byte & 15), 1 << 30)
        }
        place = end + 1
        return number
    }
}
