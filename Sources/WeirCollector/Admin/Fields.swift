import HTTPTypes
import WeirBilling
import WeirCore

/// The fields of a request, each of its kind. Asking for one that is not declared, or of another kind, is a slip of the program.
struct Fields: Sendable {
    private let values: [String: JSONValue]

    init() { values = [:] }

    /// Checks an object against what is declared.
    ///
    /// - Throws: all that is wrong with it.
    init(_ value: JSONValue, _ declared: [Field]) throws(Problem) {
        guard case .object(let members) = value else {
            throw Problem(.badRequest, [Fault(field: "body", detail: "expected a JSON object, found \(value.kind)")])
        }
        var faults: [Fault] = []
        var values: [String: JSONValue] = [:]
        for member in members {
            guard let field = declared.first(where: { $0.name == member.name }) else {
                faults.append(Field.unknown(member.name, among: declared))
                continue
            }
            if let flaw = field.kind.flaw(of: member.value) {
                faults.append(Fault(field: field.name, detail: "expected \(flaw)\(Self.found(member.value))"))
            } else if member.value != .null {
                values[field.name] = member.value
            }
        }
        for field in declared where field.isRequired && !members.contains(where: { $0.name == field.name }) {
            faults.append(Fault(field: field.name, detail: "expected it, found nothing: \(field.meaning)"))
        }
        guard faults.isEmpty else { throw Problem(.badRequest, faults) }
        self.values = values
    }

    /// Checks the parameters of a query in the same way.
    init(query: [(name: String, value: String)], _ declared: [Field]) throws(Problem) {
        var members: [JSONMember] = []
        for (name, text) in query {
            if members.contains(where: { $0.name == name }) {
                throw Problem(.badRequest, [Fault(field: name, detail: "expected it once")])
            }
            let field = declared.first { $0.name == name }
            let value: JSONValue =
                switch field?.kind {
                case .integer: Int64(text).map(JSONValue.integer) ?? .text(text)
                case .flag: text == "true" ? true : text == "false" ? false : .text(text)
                default: .text(text)
                }
            members.append(JSONMember(name: name, value: value))
        }
        try self.init(.object(members), declared)
    }

    /// What was found instead, cut short.
    private static func found(_ value: JSONValue) -> String {
        switch value {
        case .text(let text): ", found \(String(text.prefix(40)).debugDescription)"
        case .integer(let number): ", found \(number)"
        case .number(let text): ", found \(text.prefix(40))"
        default: ", found \(value.kind)"
        }
    }

    /// Whether it was given.
    func has(_ name: String) -> Bool { values[name] != nil }

    func text(_ name: String) -> String? {
        guard case .text(let text) = values[name] else { return nil }
        return text
    }

    func text(_ name: String, or other: String) -> String { text(name) ?? other }

    func texts(_ name: String) -> [String]? {
        guard case .list(let values) = values[name] else { return nil }
        return values.compactMap { value in
            if case .text(let text) = value { text } else { nil }
        }
    }

    func integer(_ name: String) -> Int64? {
        guard case .integer(let number) = values[name] else { return nil }
        return number
    }

    func flag(_ name: String) -> Bool? {
        guard case .bool(let value) = values[name] else { return nil }
        return value
    }

    func time(_ name: String) -> Int64? { text(name).flatMap(WireTime.seconds) }

    /// An amount in nano-units; the scale is the same for every currency.
    func nano(_ name: String) -> Int64? {
        text(name).flatMap { text in (try? Money(figure: text, Currency("USD")))?.nano }
    }

    func choice<Value: RawRepresentable>(_ name: String, or other: Value) -> Value where Value.RawValue == String {
        text(name).flatMap(Value.init(rawValue:)) ?? other
    }
}
