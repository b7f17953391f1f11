/// One clause of a limit. Kept in the order of the text, so that a policy prints as it was written.
package enum Clause: Equatable, Sendable {
    case burst(Amount)
    case by([Key])
    case when([Condition])
    case during([Span])
    case zone(String)
    case anchor(Anchor)
    case counting(Counting)
    case cost([Price])
    case overage(to: Amount?)
    case hold(Int64, LimitKind.BucketUnit)
    case answer(Int)
    case shadow
    case enforce(percent: Int)
    case replaces([String])
    case outage(OutagePolicy)
    case change(ChangePolicy)

    /// What a limit counts.
    package enum Counting: Equatable, Sendable {
        case calls, units, bytesIn, bytesOut
        /// Answers of these statuses, as written: `401` or `4xx`.
        case answers([String])
    }

    /// The word that begins the clause; a limit has at most one of each.
    package var word: String {
        switch self {
        case .burst: "burst"
        case .by: "by"
        case .when: "when"
        case .during: "during"
        case .zone: "in"
        case .anchor: "from"
        case .counting: "counting"
        case .cost: "cost"
        case .overage: "overage"
        case .hold: "hold"
        case .answer: "answer"
        case .shadow: "shadow"
        case .enforce: "enforce"
        case .replaces: "replaces"
        case .outage: "else"
        case .change: "on"
        }
    }

    /// Every word that begins a clause; none may be an attribute's name.
    package static let words = [
        "burst", "by", "when", "during", "in", "from", "counting", "cost", "overage", "hold", "answer", "shadow",
        "enforce", "replaces", "else", "on",
    ]
}

extension Clause: CustomStringConvertible {
    package var description: String {
        func list(_ parts: [some CustomStringConvertible], _ separator: String) -> String {
            parts.map(\.description).joined(separator: separator)
        }
        return switch self {
        case .burst(let amount): "burst \(amount)"
        case .by(let keys): "by \(list(keys, ", "))"
        case .when(let conditions): "when \(list(conditions, " "))"
        case .during(let spans): "during \(list(spans, ", "))"
        case .zone(let zone): "in \(zone)"
        case .anchor(let anchor): "from \(anchor)"
        case .counting(let counting): "counting \(counting)"
        case .cost(let prices): "cost \(list(prices, ", "))"
        case .overage(let amount): amount.map { "overage to \($0)" } ?? "overage"
        case .hold(let count, let unit): "hold \(count)\(unit.rawValue)"
        case .answer(let code): "answer \(code)"
        case .shadow: "shadow"
        case .enforce(let percent): "enforce \(percent)%"
        case .replaces(let names): "replaces \(names.joined(separator: ", "))"
        case .outage(let outage): "else \(outage.rawValue) on outage"
        case .change(let change): "on change \(change.rawValue)"
        }
    }
}

extension Clause.Counting: CustomStringConvertible {
    package var description: String {
        switch self {
        case .calls: "calls"
        case .units: "units"
        case .bytesIn: "bytes_in"
        case .bytesOut: "bytes_out"
        case .answers(let statuses): "answers \(statuses.joined(separator: "|"))"
        }
    }
}
