/// What agents and collectors tell each other of credit windows: `POST /v1/exchange`, specified in `protocol/windows.md`.
package enum WindowExchange {
    package static let contentType = "application/vnd.weir.exchange"
    package static let name: StaticString = "weir-exchange"
    package static let format: Int64 = 1

    /// Windows that one exchange may speak of.
    package static let maximumWindows = 10_000
    /// Incarnations that one exchange may say to be over.
    package static let maximumOver = 100
    /// Bytes of the longest line.
    static let maximumLineBytes = 1_024
    /// Above this a counter is somebody's mistake.
    static let amounts: ClosedRange<Int64> = 0...999_999_999_999_999_999

    static let lineFeed = UInt8(ascii: "\n")
    private static let tab = UInt8(ascii: "\t")

    static func append(_ fields: [String], to bytes: inout [UInt8]) {
        for (place, field) in fields.enumerated() {
            if place > 0 { bytes.append(tab) }
            bytes += field.utf8
        }
        bytes.append(lineFeed)
    }

    /// The line that begins at `offset`, which moves behind it.
    static func line(
        _ number: Int, _ bytes: RawSpan, _ offset: inout Int
    ) throws(PolicyDocumentError) -> PolicyLine {
        let limit = min(bytes.byteCount, offset + maximumLineBytes)
        guard let end = bytes.extracting(min(offset, limit)..<limit).firstIndex(of: lineFeed) else {
            throw PolicyDocumentError(
                line: number, field: "line", expected: "an LF within \(maximumLineBytes) bytes: it is cut off")
        }
        defer { offset += end + 1 }
        return PolicyLine(number: number, range: offset..<offset + end)
    }

    static func expect(
        _ word: StaticString, _ field: StaticString, _ line: inout PolicyLine, _ bytes: RawSpan
    ) throws(PolicyDocumentError) {
        let found = try line.raw(field, in: bytes)
        guard bytes.extracting(found).equals(word) else {
            throw PolicyDocumentError(
                line: line.number, field: field.description, expected: "\(word)",
                found: bytes.extracting(found.lowerBound..<min(found.upperBound, found.lowerBound + 60)).text)
        }
    }

    static func incarnation(
        _ field: StaticString, _ line: inout PolicyLine, _ bytes: RawSpan
    ) throws(PolicyDocumentError) -> Hash128 {
        let range = try line.raw(field, in: bytes)
        guard let incarnation = range.count == 32 ? Hash128(hex: bytes.extracting(range).text) : nil else {
            throw PolicyDocumentError(
                line: line.number, field: field.description, expected: "32 lower-case hexadecimal digits")
        }
        return incarnation
    }
}
