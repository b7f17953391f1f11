import Crypto
import FoundationEssentials
import WeirBilling

/// What somebody has written into the form, and what is wrong with it.
struct SignUpForm: Sendable {
    /// Bytes of the largest form.
    static let maximumBody = 8 << 10
    static let mediaType = "application/x-www-form-urlencoded"

    static let fields = [
        Field("plan", .code, "the plan"),
        Field("accepted_version", .integer(1...1_000_000_000), "the version that was shown"),
        Field("name", .text(1...200), "your name"), Field(optional: "email", .email, "where to write to"),
        Field("once", .text(32...64), "what makes it count once"),
    ]

    var values: [String: String] = [:]
    var faults: [String: String] = [:]
    /// What is wrong with no field of its own.
    var general: String?

    /// A form that nobody has written into: whatever it is sent with, it counts once.
    init() { values["once"] = Self.newOnce }

    /// Reads a body. What is wrong with a field is said beside it.
    init(_ body: [UInt8]) {
        for pair in body.split(separator: UInt8(ascii: "&")) {
            let sides = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(sides[0]), sides.count == 2, let value = Self.decoded(sides[1]) else {
                general = "the form was damaged on its way: send it again"
                continue
            }
            guard Self.fields.contains(where: { $0.name == name }), values[name] == nil else {
                general = "the form is not this page's: load the page again"
                continue
            }
            values[name] = value
        }
        if values["email"]?.isEmpty == true { values["email"] = nil }
        for field in Self.fields {
            guard let value = values[field.name] else {
                if field.isRequired { faults[field.name] = "expected it: \(field.meaning)" }
                continue
            }
            if let flaw = field.kind.flaw(of: json(value, field)) { faults[field.name] = "expected \(flaw)" }
        }
        for name in ["once", "accepted_version", "plan"] where faults[name] != nil {
            general = general ?? "the form is not this page's: load the page again"
        }
    }

    var isGood: Bool { faults.isEmpty && general == nil }

    /// The form as the API has it.
    var call: JSONValue {
        var members: JSONValue = [
            "plan": .text(values["plan"] ?? ""),
            "accepted_version": .integer(values["accepted_version"].flatMap { Int64($0) } ?? 0),
            "name": .text(values["name"] ?? ""), "key_name": "sign-up",
        ]
        if let email = values["email"] { members = members.with(["email": .text(email)]) }
        return members
    }

    private func json(_ value: String, _ field: Field) -> JSONValue {
        if case .integer = field.kind { return Int64(value).map(JSONValue.integer) ?? .text(value) }
        return .text(value)
    }

    private static var newOnce: String { TokenDigest.hex(TokenDigest.newToken()) }

    private static func decoded(_ bytes: ArraySlice<UInt8>) -> String? {
        let text = bytes.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return String(validating: text, as: UTF8.self).flatMap(PathText.decoded)
    }
}
