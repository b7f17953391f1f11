import WeirBilling
import WeirCalendar
import WeirCore

/// What a field may hold. From it come both the check of a request and the schema in the OpenAPI document.
indirect enum FieldKind: Sendable {
    /// Text of so many characters, without control characters.
    case text(ClosedRange<Int>)
    /// Text of so many bytes with any characters but NUL.
    case document(Int)
    /// Lower-case letters, digits and `-`, a letter first.
    case slug
    /// A code of the catalogue: letters, digits, `.`, `_` and `-`, a letter first.
    case code
    /// An id, or another name by which a row is known.
    case reference
    case host
    case method
    /// A pattern of paths.
    case path
    case email
    case url
    case currency
    case zone
    /// A time as ISO 8601 in UTC.
    case time
    /// An amount as a decimal, in text, not below zero.
    case amount
    /// The same, below zero too.
    case change
    case integer(ClosedRange<Int64>)
    case flag
    case choice([String])
    case list(FieldKind, most: Int)
    /// What only answers hold.
    case object([Field])
    case nullable(FieldKind)

    private static let longestReference = 128
    private static let longestPath = 255

    /// What was expected, when a value is not of this kind; nil when it is.
    func flaw(of value: JSONValue) -> String? {
        switch self {
        case .integer(let bounds):
            if case .integer(let number) = value, bounds.contains(number) { return nil }
            return "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
        case .flag:
            if case .bool = value { return nil }
            return "true or false"
        case .list(let kind, let most):
            guard case .list(let values) = value, values.count <= most else {
                return "a list of at most \(most) values"
            }
            return values.lazy.compactMap { kind.flaw(of: $0) }.first.map { "each value to be \($0)" }
        case .nullable(let kind): return value == .null ? nil : kind.flaw(of: value)
        case .object:
            if case .object = value { return nil }
            return "an object"
        default:
            guard case .text(let text) = value else { return expectation }
            return accepts(text) ? nil : expectation
        }
    }

    private var expectation: String {
        switch self {
        case .text(let bounds):
            "\(bounds.lowerBound) to \(bounds.upperBound) characters in quotes, without control characters"
        case .document(let most): "text of 1 to \(most) bytes"
        case .slug: "a letter of a to z, then up to 62 of a to z, 0 to 9 and inner -"
        case .code: "a letter, then up to 62 letters, digits, dots, _ and -"
        case .reference: "an id or another name of 1 to \(Self.longestReference) characters"
        case .host: "the name of a host in lower case such as api.example.com or *.example.com"
        case .method: "a method of HTTP in capitals such as GET"
        case .path: "a path of at most \(Self.longestPath) bytes such as /v1/search/*, without spaces"
        case .email: "an address such as ada@example.com"
        case .url: "an address such as https://example.com/docs"
        case .currency: "an ISO 4217 code such as USD"
        case .zone: "a time zone such as Asia/Shanghai or UTC"
        case .time: "a time in UTC such as 2026-11-21T03:00:00Z"
        case .amount:
            "an amount that is not negative, in quotes, such as \"12.50\", with at most nine digits behind the point"
        case .change:
            "an amount other than 0, in quotes, such as \"12.50\" or \"-3\", with at most nine digits behind the point"
        case .choice(let words): "one of \(words.joined(separator: ", "))"
        default: "another kind of value"
        }
    }

    private func accepts(_ text: String) -> Bool {
        switch self {
        case .text(let bounds): bounds.contains(text.count) && text.utf8.count <= 4 * bounds.upperBound && text.isPlain
        case .document(let most): (1...most).contains(text.utf8.count) && !text.utf8.contains(0)
        case .slug: text.isSlug
        case .code: text.isCode
        case .reference: (1...Self.longestReference).contains(text.count) && text.utf8.count <= 512 && text.isPlain
        case .host: text.isHost
        case .method: (1...20).contains(text.utf8.count) && text.utf8.allSatisfy { $0 &- UInt8(ascii: "A") < 26 }
        case .path: text.utf8.first == UInt8(ascii: "/") && text.utf8.count <= Self.longestPath && text.isOneWord
        case .email: text.isAddress
        case .url:
            (text.hasPrefix("https://") || text.hasPrefix("http://")) && (9...2_000).contains(text.utf8.count)
                && text.isOneWord
        case .currency: (try? Currency(text)) != nil
        case .zone: text.utf8.count <= 64 && ZoneAlmanac().knows(zone: text)
        case .time: WireTime.seconds(text) != nil
        case .amount: (try? Money(figure: text, Currency("USD"))).map { $0.nano >= 0 } ?? false
        case .change:
            (try? Money(figure: text, Currency("USD"))).map { $0.nano != 0 } ?? (Int64(text).map { $0 != 0 } ?? false)
        case .choice(let words): words.contains(text)
        default: false
        }
    }

    /// The schema, as OpenAPI 3.1 has it: JSON Schema of 2020-12.
    var schema: JSONValue {
        switch self {
        case .text(let bounds):
            [
                "type": "string", "minLength": .integer(Int64(bounds.lowerBound)),
                "maxLength": .integer(Int64(bounds.upperBound)),
            ]
        case .document: ["type": "string", "minLength": 1]
        case .slug: ["type": "string", "pattern": "^[a-z][a-z0-9-]{0,62}$"]
        case .code: ["type": "string", "pattern": "^[A-Za-z][A-Za-z0-9._-]{0,62}$"]
        case .reference: ["type": "string", "minLength": 1, "maxLength": .integer(Int64(Self.longestReference))]
        case .host: ["type": "string", "maxLength": 253]
        case .method: ["type": "string", "pattern": "^[A-Z]{1,20}$"]
        case .path: ["type": "string", "pattern": "^/"]
        case .email: ["type": "string", "format": "email"]
        case .url: ["type": "string", "format": "uri"]
        case .currency: ["type": "string", "pattern": "^[A-Z]{3}$"]
        case .zone: ["type": "string", "maxLength": 64]
        case .time: ["type": "string", "format": "date-time"]
        case .amount, .change: ["type": "string", "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?$"]
        case .integer(let bounds):
            [
                "type": "integer", "format": "int64", "minimum": .integer(bounds.lowerBound),
                "maximum": .integer(bounds.upperBound),
            ]
        case .flag: ["type": "boolean"]
        case .choice(let words): ["type": "string", "enum": .list(words.map(JSONValue.text))]
        case .list(let kind, let most): ["type": "array", "items": kind.schema, "maxItems": .integer(Int64(most))]
        case .object(let fields): Field.schema(of: fields)
        case .nullable(let kind): ["anyOf": [kind.schema, ["type": "null"]]]
        }
    }
}

extension String {
    /// Without control characters, line and paragraph separators.
    fileprivate var isPlain: Bool {
        unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .surrogate: false
            default: true
            }
        }
    }

    fileprivate var isOneWord: Bool { isPlain && !contains(where: \.isWhitespace) }

    fileprivate var isSlug: Bool {
        guard let first = utf8.first, first &- UInt8(ascii: "a") < 26, utf8.count <= 63, utf8.last != UInt8(ascii: "-")
        else { return false }
        return utf8.allSatisfy {
            $0 &- UInt8(ascii: "a") < 26 || $0 &- UInt8(ascii: "0") < 10 || $0 == UInt8(ascii: "-")
        }
    }

    fileprivate var isCode: Bool {
        guard let first = utf8.first, (first | 0x20) &- UInt8(ascii: "a") < 26, utf8.count <= 63 else { return false }
        return utf8.allSatisfy {
            ($0 | 0x20) &- UInt8(ascii: "a") < 26 || $0 &- UInt8(ascii: "0") < 10 || "._-".utf8.contains($0)
        }
    }

    /// Labels of letters, digits and `-`, the first of which may be `*`; a port is not part of it.
    fileprivate var isHost: Bool {
        guard (1...253).contains(utf8.count) else { return false }
        let labels = split(separator: ".", omittingEmptySubsequences: false)
        return labels.enumerated().allSatisfy { place, label in
            if place == 0, label == "*", labels.count > 1 { return true }
            return (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy {
                    $0 &- UInt8(ascii: "a") < 26 || $0 &- UInt8(ascii: "0") < 10 || $0 == UInt8(ascii: "-")
                }
        }
    }

    /// Something, an at sign, something: whether mail arrives only mail can tell.
    fileprivate var isAddress: Bool {
        let halves = split(separator: "@", omittingEmptySubsequences: false)
        return utf8.count <= 254 && halves.count == 2 && halves.allSatisfy { !$0.isEmpty } && isOneWord
    }
}
