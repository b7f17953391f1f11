/// Reads a policy document: its frame first (sizes, version, count, checksum), then its records one by one, so that a million of them
/// need no memory here.
package enum PolicyDocumentReader {
    private static let lineFeed = UInt8(ascii: "\n")

    /// Reads the first line alone.
    package static func header(_ bytes: RawSpan) throws(PolicyDocumentError) -> PolicyDocumentHeader {
        guard bytes.byteCount <= PolicyDocument.maximumBytes else {
            throw whole("document", "at most \(PolicyDocument.maximumBytes) bytes")
        }
        let end = try lineEnd(bytes, from: 0, line: 1)
        var line = PolicyLine(number: 1, range: 0..<end)
        let name = try line.raw("name", in: bytes)
        guard bytes.extracting(name).equals(PolicyDocument.name) else {
            throw PolicyDocumentError(line: 1, field: "name", expected: "\(PolicyDocument.name)")
        }
        _ = try line.number("format", PolicyDocument.format...PolicyDocument.format, in: bytes)
        let from = try line.number("from", 0...Self.maximumVersion, in: bytes)
        let to = try line.number("to", max(1, from)...Self.maximumVersion, in: bytes)
        return PolicyDocumentHeader(from: from, to: to, epoch: try epoch(&line, bytes))
    }

    /// The last field, which documents of earlier collectors lack. It goes into a URL as it is.
    private static func epoch(_ line: inout PolicyLine, _ bytes: RawSpan) throws(PolicyDocumentError) -> String {
        guard line.hasMore else { return "" }
        let epoch = try line.text("epoch", atMost: PolicyDocument.maximumEpochBytes, in: bytes)
        let isPlain = epoch.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "_")
        }
        guard isPlain else {
            throw PolicyDocumentError(line: 1, field: "epoch", expected: "letters, digits, - and _", found: epoch)
        }
        return epoch
    }

    private static let maximumVersion: Int64 = 999_999_999_999_999_999

    /// Reads a whole document. Record kinds that this version does not know are skipped, as are fields behind those it knows.
    ///
    /// - Parameter body: gets each record and its line.
    package static func read(
        _ bytes: RawSpan, _ body: (PolicyRecord, _ line: Int) throws(PolicyDocumentError) -> Void
    ) throws(PolicyDocumentError) -> PolicyDocumentHeader {
        let header = try header(bytes)
        let start = try lineEnd(bytes, from: 0, line: 1) + 1
        let (end, count) = try checkEnd(bytes)
        var (offset, number) = (start, 1)
        while offset < end {
            number += 1
            guard number - 1 <= count else { throw whole("end", "\(count) records, found more") }
            let lineEnd = try lineEnd(bytes, from: offset, line: number)
            var line = PolicyLine(number: number, range: offset..<lineEnd)
            let kind = try line.raw("record", in: bytes)
            if let record = try PolicyRecord(bytes.extracting(kind), &line, in: bytes) {
                if header.isWhole, case .gone = record {
                    throw PolicyDocumentError(
                        line: number, field: "record", expected: "no gone in a document that is the whole")
                }
                try body(record, number)
            }
            offset = lineEnd + 1
        }
        guard number - 1 == count else {
            throw whole("end", "\(count) records, found \(number - 1)")
        }
        return header
    }

    private static func whole(_ field: String, _ expected: String) -> PolicyDocumentError {
        PolicyDocumentError(line: 0, field: field, expected: expected)
    }

    /// The LF of the line that begins at `start`.
    private static func lineEnd(_ bytes: RawSpan, from start: Int, line: Int) throws(PolicyDocumentError) -> Int {
        let limit = min(bytes.byteCount, start + PolicyDocument.maximumLineBytes + 1)
        if let end = bytes.extracting(start..<limit).firstIndex(of: lineFeed) { return start + end }
        throw PolicyDocumentError(
            line: line, field: "line",
            expected: limit == bytes.byteCount
                ? "an LF at its end" : "at most \(PolicyDocument.maximumLineBytes) bytes")
    }

    /// Checks the last line against all before it.
    ///
    /// - Returns: where the last line begins, and how many records it counts.
    private static func checkEnd(_ bytes: RawSpan) throws(PolicyDocumentError) -> (Int, Int) {
        let last = bytes.byteCount - 1
        guard bytes.byte(last) == lineFeed else {
            throw whole("end", "a last line with an LF: the document is cut off")
        }
        var start = last
        // `end`, a count and a checksum are short; what is longer is no last line.
        while start > 0, bytes.byte(start - 1) != lineFeed, last - start < 64 { start -= 1 }
        guard start > 0, bytes.byte(start - 1) == lineFeed else {
            throw whole("end", "a last line \"end COUNT CHECKSUM\": the document is cut off")
        }
        var line = PolicyLine(number: 0, range: start..<last)
        let word = try line.raw("end", in: bytes)
        guard bytes.extracting(word).equals("end") else {
            throw whole("end", "a last line \"end COUNT CHECKSUM\": the document is cut off")
        }
        let count = try line.number("count", 0...Int64(PolicyDocument.maximumRecords), in: bytes)
        let checksum = try line.raw("checksum", in: bytes)
        let crc = CRC32C.checksum(bytes.extracting(0..<start))
        let digits = String(crc, radix: 16)
        let expected = String(repeating: "0", count: 8 - digits.count) + digits
        guard bytes.extracting(checksum).text == expected else {
            throw PolicyDocumentError(
                line: 0, field: "checksum", expected: expected,
                found: bytes.extracting(checksum.lowerBound..<min(checksum.upperBound, checksum.lowerBound + 16)).text)
        }
        return (start, Int(count))
    }
}
