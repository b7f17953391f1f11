import WeirCore

/// A field of a request or an answer.
struct Field: Sendable {
    let name: String
    let kind: FieldKind
    let isRequired: Bool
    let meaning: String

    /// A field that has to be there.
    init(_ name: String, _ kind: FieldKind, _ meaning: String) {
        self.name = name
        self.kind = kind
        self.meaning = meaning
        isRequired = true
    }

    /// A field that may be left out.
    init(optional name: String, _ kind: FieldKind, _ meaning: String) {
        self.name = name
        self.kind = kind
        self.meaning = meaning
        isRequired = false
    }

    static func schema(of fields: [Field]) -> JSONValue {
        let required = fields.filter(\.isRequired).map { JSONValue.text($0.name) }
        return [
            "type": "object",
            "properties": .object(
                fields.map { field in
                    JSONMember(name: field.name, value: field.kind.schema.with(["description": .text(field.meaning)]))
                }), "required": .list(required), "additionalProperties": false,
        ]
    }

    /// The fault of a name that is none of these fields'.
    static func unknown(_ name: String, among fields: [Field]) -> Fault {
        let names = fields.map(\.name)
        let meant = Suggestion.nearest(to: name, among: names).map { ": try \($0)" } ?? ""
        let known = names.isEmpty ? "no field" : "one of \(names.joined(separator: ", "))"
        return Fault(field: String(name.prefix(80)), detail: "expected \(known)\(meant)")
    }
}
