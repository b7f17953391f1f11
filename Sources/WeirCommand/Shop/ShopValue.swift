/// A JSON value of the collector's API: what commands send and show. Numbers are whole there.
enum ShopValue: Codable, Equatable, Sendable {
    case null
    case flag(Bool)
    case number(Int64)
    case text(String)
    case list([ShopValue])
    case object([String: ShopValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Int64.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([ShopValue].self) {
            self = .list(list)
        } else {
            self = .object(try container.decode([String: ShopValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .flag(let flag): try container.encode(flag)
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        case .list(let list): try container.encode(list)
        case .object(let object): try container.encode(object)
        }
    }

    subscript(name: String) -> ShopValue {
        guard case .object(let object) = self else { return .null }
        return object[name] ?? .null
    }

    /// As a cell of a table.
    var shown: String {
        switch self {
        case .null: "-"
        case .flag(let flag): flag ? "yes" : "no"
        case .number(let number): "\(number)"
        case .text(let text): text.isEmpty ? "-" : text
        case .list(let list): list.isEmpty ? "-" : list.map(\.shown).joined(separator: ",")
        case .object: "…"
        }
    }
}

extension [String: ShopValue] {
    /// Sets what was given on the command line.
    mutating func set(_ name: String, _ text: String?) { if let text { self[name] = .text(text) } }
    mutating func set(_ name: String, _ number: Int64?) { if let number { self[name] = .number(number) } }
    mutating func set(_ name: String, _ list: [String]) {
        if !list.isEmpty { self[name] = .list(list.map(ShopValue.text)) }
    }
}
