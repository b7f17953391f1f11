/// Reads one JSON text (RFC 8259). Depth is bounded, a member that comes twice is refused: readers would not agree on which counts.
package struct JSONParser {
    /// What is wrong, and at which byte.
    package struct Flaw: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// Objects and lists within each other.
    package static let maximumDepth = 16

    private let bytes: [UInt8]
    private var offset = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    package static func parse(_ bytes: [UInt8]) throws(Flaw) -> JSONValue {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw Flaw(description: "expected UTF-8")
        }
        var parser = JSONParser(bytes)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.offset == bytes.count else { throw parser.flaw("the end") }
        return value
    }

    private func flaw(_ expected: String) -> Flaw {
        let found =
            offset < bytes.count
            ? Character(UnicodeScalar(bytes[offset])).debugDescription : "the end"
        return Flaw(description: "expected \(expected) at byte \(offset), found \(found)")
    }

    private mutating func skipSpace() {
        while offset < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[offset]) { offset += 1 }
    }

    private mutating func take(_ byte: Character) -> Bool {
        guard offset < bytes.count, bytes[offset] == byte.asciiValue else { return false }
        offset += 1
        return true
    }

    private mutating func take(word: String) -> Bool {
        guard bytes[offset...].starts(with: word.utf8) else { return false }
        offset += word.utf8.count
        return true
    }

    private mutating func value(depth: Int) throws(Flaw) -> JSONValue {
        skipSpace()
        guard offset < bytes.count else { throw flaw("a value") }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try list(depth: depth + 1)
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default:
            if take(word: "true") { return true }
            if take(word: "false") { return false }
            if take(word: "null") { return .null }
            throw flaw("a value")
        }
    }

    private mutating func object(depth: Int) throws(Flaw) -> JSONValue {
        guard depth <= Self.maximumDepth else { throw flaw("at most \(Self.maximumDepth) levels") }
        offset += 1
        var members: [JSONMember] = []
        var names: Set<String> = []
        skipSpace()
        if take("}") { return .object([]) }
        while true {
            skipSpace()
            guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else { throw flaw("a name in quotes") }
            let name = try string()
            guard names.insert(name).inserted else {
                throw Flaw(description: "\(name.prefix(80)) comes twice: write it once")
            }
            skipSpace()
            guard take(":") else { throw flaw("\":\"") }
            members.append(JSONMember(name: name, value: try value(depth: depth)))
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw flaw("\",\" or \"}\"") }
        }
    }

    private mutating func list(depth: Int) throws(Flaw) -> JSONValue {
        guard depth <= Self.maximumDepth else { throw flaw("at most \(Self.maximumDepth) levels") }
        offset += 1
        var values: [JSONValue] = []
        skipSpace()
        if take("]") { return .list([]) }
        while true {
            values.append(try value(depth: depth))
            skipSpace()
            if take("]") { return .list(values) }
            guard take(",") else { throw flaw("\",\" or \"]\"") }
        }
    }

    private mutating func number() throws(Flaw) -> JSONValue {
        let start = offset
        _ = take("-")
        let whole = digits()
        guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { throw flaw("a number") }
        var isWhole = true
        if take(".") {
            isWhole = false
            guard !digits().isEmpty else { throw flaw("digits") }
        }
        if take("e") || take("E") {
            isWhole = false
            _ = take("+") || take("-")
            guard !digits().isEmpty else { throw flaw("digits") }
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        guard isWhole, let number = Int64(text) else { return .number(text) }
        return .integer(number)
    }

    private mutating func digits() -> ArraySlice<UInt8> {
        let start = offset
        while offset < bytes.count, bytes[offset] &- UInt8(ascii: "0") < 10 { offset += 1 }
        return bytes[start..<offset]
    }

    private mutating func string() throws(Flaw) -> String {
        offset += 1
        var text: [UInt8] = []
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte < 0x20 { throw flaw("no control character within text") }
            offset += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            if byte == UInt8(ascii: "\\") {
                text += try escaped()
            } else {
                text.append(byte)
            }
        }
        throw flaw("a quote at the end of the text")
    }

    private mutating func escaped() throws(Flaw) -> [UInt8] {
        guard offset < bytes.count else { throw flaw("an escape") }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "u"): return Array(String(Character(try scalar())).utf8)
        default:
            offset -= 1
            throw flaw("an escape")
        }
    }

    /// The character of `uXXXX`, of two where they are a pair.
    private mutating func scalar() throws(Flaw) -> UnicodeScalar {
        let first = try hexadecimal()
        if let scalar = UnicodeScalar(first) { return scalar }
        guard first < 0xdc00, take("\\"), take("u") else { throw flaw("the second half of a character") }
        let second = try hexadecimal()
        guard 0xdc00..<0xe000 ~= second,
            let scalar = UnicodeScalar(0x1_0000 + ((first - 0xd800) << 10 | second - 0xdc00))
        else { throw flaw("the second half of a character") }
        return scalar
    }

    private mutating func hexadecimal() throws(Flaw) -> UInt32 {
        let text = String(decoding: bytes[offset..<min(offset + 4, bytes.count)], as: UTF8.self)
        guard text.utf8.count == 4, text.allSatisfy(\.isHexDigit), let number = UInt32(text, radix: 16) else {
            throw flaw("four hexadecimal digits")
        }
        offset += 4
        return number
    }
}
