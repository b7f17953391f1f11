/// The fields of one line of a policy document, taken one after another; each is named in what is thrown.
struct PolicyLine {
    /// The line's number, from 1 on.
    let number: Int
    private var next: Int
    private let end: Int
    private var isOver = false

    /// - Parameter range: the line without its LF.
    init(number: Int, range: Range<Int>) {
        self.number = number
        next = range.lowerBound
        end = range.upperBound
    }

    /// Whether there is another field.
    var hasMore: Bool { !isOver }

    private func failure(_ field: StaticString, _ expected: String) -> PolicyDocumentError {
        PolicyDocumentError(line: number, field: field.description, expected: expected)
    }

    private func failure(_ field: StaticString, _ expected: String, _ found: RawSpan) -> PolicyDocumentError {
        let quoted = found.extracting(0..<min(found.byteCount, PolicyDocumentError.quotedBytes)).text
        return PolicyDocumentError(line: number, field: field.description, expected: expected, found: quoted)
    }

    /// The bytes of the next field, escapes and all.
    mutating func raw(_ field: StaticString, in bytes: RawSpan) throws(PolicyDocumentError) -> Range<Int> {
        guard !isOver else { throw failure(field, "a field") }
        let start = next
        if let tab = bytes.extracting(start..<end).firstIndex(of: UInt8(ascii: "\t")) {
            next = start + tab + 1
            return start..<start + tab
        }
        isOver = true
        return start..<end
    }

    /// A text of at most so many bytes, its escapes undone.
    mutating func text(
        _ field: StaticString, atMost maximum: Int, in bytes: RawSpan
    ) throws(PolicyDocumentError) -> String {
        let range = try raw(field, in: bytes)
        // An escape is two bytes for one.
        guard range.count <= maximum * 2 else { throw failure(field, "at most \(maximum) bytes") }
        var text: [UInt8] = []
        text.reserveCapacity(range.count)
        var offset = range.lowerBound
        while offset < range.upperBound {
            var byte = bytes.byte(offset)
            offset += 1
            if byte == UInt8(ascii: "\\") {
                guard offset < range.upperBound, let plain = Self.escapes(bytes.byte(offset)) else {
                    throw failure(field, #"\\, \t or \n behind a backslash"#, bytes.extracting(range))
                }
                byte = plain
                offset += 1
            }
            text.append(byte)
        }
        guard text.count <= maximum else { throw failure(field, "at most \(maximum) bytes") }
        guard let text = String(validating: text, as: UTF8.self) else { throw failure(field, "UTF-8") }
        return text
    }

    private static func escapes(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\\"): byte
        case UInt8(ascii: "t"): UInt8(ascii: "\t")
        case UInt8(ascii: "n"): UInt8(ascii: "\n")
        default: nil
        }
    }

    /// A name: 1 to 63 bytes, none of them a space or a control.
    mutating func name(_ field: StaticString, in bytes: RawSpan) throws(PolicyDocumentError) -> String {
        let text = try text(field, atMost: PolicyDocument.maximumNameBytes, in: bytes)
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            throw PolicyDocumentError(
                line: number, field: field.description, expected: "1 to 63 bytes without spaces", found: text)
        }
        return text
    }

    /// Entries apart by `separator`; none where the field is empty.
    mutating func list(
        _ field: StaticString, separator: Character, in bytes: RawSpan
    ) throws(PolicyDocumentError) -> [String] {
        let text = try text(
            field, atMost: PolicyDocument.maximumListEntries * (PolicyDocument.maximumNameBytes + 1) * 4, in: bytes)
        if text.isEmpty { return [] }
        let entries = text.split(separator: separator, omittingEmptySubsequences: false)
        guard entries.count <= PolicyDocument.maximumListEntries else {
            throw failure(field, "at most \(PolicyDocument.maximumListEntries) entries")
        }
        guard entries.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 255 }) else {
            throw PolicyDocumentError(
                line: number, field: field.description,
                expected: "entries of 1 to 255 bytes with \"\(separator)\" between",
                found: String(text.prefix(PolicyDocumentError.quotedBytes)))
        }
        return entries.map(String.init)
    }

    mutating func id(
        _ field: StaticString, _ prefix: StaticString, in bytes: RawSpan
    ) throws(PolicyDocumentError) -> RecordID {
        let range = try raw(field, in: bytes)
        guard let id = RecordID(prefix, bytes.extracting(range)) else {
            throw failure(field, "\(prefix) and 26 digits of base 32", bytes.extracting(range))
        }
        return id
    }

    /// An id, or nil where the field is empty.
    mutating func optionalID(
        _ field: StaticString, _ prefix: StaticString, in bytes: RawSpan
    ) throws(PolicyDocumentError) -> RecordID? {
        var ahead = self
        if try ahead.raw(field, in: bytes).isEmpty {
            self = ahead
            return nil
        }
        return try id(field, prefix, in: bytes)
    }

    mutating func number(
        _ field: StaticString, _ bounds: ClosedRange<Int64>, in bytes: RawSpan
    ) throws(PolicyDocumentError) -> Int64 {
        let range = try raw(field, in: bytes)
        guard let value = Self.decimal(bytes.extracting(range)), bounds.contains(value) else {
            throw failure(
                field, "a number from \(bounds.lowerBound) to \(bounds.upperBound)", bytes.extracting(range))
        }
        return value
    }

    /// Digits, behind a minus where it is negative; nil for anything else and for more than 18 digits.
    private static func decimal(_ bytes: RawSpan) -> Int64? {
        let isNegative = bytes.byteCount > 0 && bytes.byte(0) == UInt8(ascii: "-")
        let start = isNegative ? 1 : 0
        guard bytes.byteCount > start, bytes.byteCount - start <= 18 else { return nil }
        var value: Int64 = 0
        for offset in start..<bytes.byteCount {
            guard bytes.byte(offset).isDigit else { return nil }
            value = value * 10 + Int64(bytes.byte(offset) &- 0x30)
        }
        return isNegative ? -value : value
    }

    /// Seconds since 1970, up to the year 9999.
    static let seconds: ClosedRange<Int64> = 0...253_402_300_799

    mutating func seconds(_ field: StaticString, in bytes: RawSpan) throws(PolicyDocumentError) -> Int64 {
        try number(field, Self.seconds, in: bytes)
    }

    mutating func optionalSeconds(_ field: StaticString, in bytes: RawSpan) throws(PolicyDocumentError) -> Int64? {
        var ahead = self
        if try ahead.raw(field, in: bytes).isEmpty {
            self = ahead
            return nil
        }
        return try seconds(field, in: bytes)
    }

    /// One of the words of an enumeration.
    mutating func word<Word: RawRepresentable & CaseIterable>(
        _ field: StaticString, in bytes: RawSpan
    ) throws(PolicyDocumentError) -> Word where Word.RawValue == String {
        let range = try raw(field, in: bytes)
        let text = range.count <= PolicyDocument.maximumNameBytes ? bytes.extracting(range).text : ""
        guard let word = Word(rawValue: text) else {
            throw failure(
                field, Word.allCases.map(\.rawValue).joined(separator: ", "), bytes.extracting(range))
        }
        return word
    }

    /// A word, or nil where the line has ended or the field is empty.
    mutating func optionalWord<Word: RawRepresentable & CaseIterable>(
        _ field: StaticString, in bytes: RawSpan
    ) throws(PolicyDocumentError) -> Word? where Word.RawValue == String {
        try isEmptyNext(field, in: bytes) ? nil : try word(field, in: bytes)
    }

    /// A name, or an empty text where the line has ended or the field is empty.
    mutating func optionalName(_ field: StaticString, in bytes: RawSpan) throws(PolicyDocumentError) -> String {
        try isEmptyNext(field, in: bytes) ? "" : try name(field, in: bytes)
    }

    /// Whether the next field is not there, or is taken as it is empty.
    private mutating func isEmptyNext(_ field: StaticString, in bytes: RawSpan) throws(PolicyDocumentError) -> Bool {
        if isOver { return true }
        var ahead = self
        guard try ahead.raw(field, in: bytes).isEmpty else { return false }
        self = ahead
        return true
    }

    mutating func digest(_ field: StaticString, in bytes: RawSpan) throws(PolicyDocumentError) -> KeyDigest {
        let range = try raw(field, in: bytes)
        guard let digest = KeyDigest(hex: bytes.extracting(range)) else {
            throw failure(field, "64 lower-case hexadecimal digits")
        }
        return digest
    }
}
