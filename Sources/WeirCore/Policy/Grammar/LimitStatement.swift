/// A limit as it was written: `200/s burst 400 by ip`.
package struct LimitStatement: Equatable, Sendable {
    package var kind: LimitKind
    /// At most one of each word, in the order of the text.
    package var clauses: [Clause]

    package init(kind: LimitKind, clauses: [Clause]) {
        self.kind = kind
        self.clauses = clauses
    }

    package var burst: Amount? {
        for case .burst(let amount) in clauses { return amount }
        return nil
    }

    package var keys: [Key] {
        for case .by(let keys) in clauses { return keys }
        return []
    }

    package var conditions: [Condition] {
        for case .when(let conditions) in clauses { return conditions }
        return []
    }

    package var prices: [Price] {
        for case .cost(let prices) in clauses { return prices }
        return []
    }

    package var counting: Clause.Counting? {
        for case .counting(let counting) in clauses { return counting }
        return nil
    }

    /// For how long a request may hold a slot, in microseconds: 60 s where nothing is said; 0 for what has no slots.
    package var holdMicroseconds: Int64 {
        guard case .slots = kind else { return 0 }
        for case .hold(let count, let unit) in clauses { return count * unit.microseconds }
        return 60_000_000
    }

    /// As it was written, or the default.
    package var holdText: String {
        for case .hold(let count, let unit) in clauses { return "\(count)\(unit.rawValue)" }
        return "60s"
    }

    /// What decides while the shared store does not answer; a window's amount cannot be told in shares, so nothing does.
    package var outage: OutagePolicy {
        for case .outage(let outage) in clauses { return outage }
        if case .window = kind { return .deny }
        return .local
    }

    /// What becomes of its counters when the amount changes.
    package var change: ChangePolicy {
        for case .change(let change) in clauses { return change }
        return .keep
    }

    package var answer: Int? {
        for case .answer(let code) in clauses { return code }
        return nil
    }

    package var replaces: [String] {
        for case .replaces(let names) in clauses { return names }
        return []
    }

    /// The share of limit keys that the limit is enforced for, in per cent: 100, what `enforce` says, or 0 for
    /// `shadow`.
    package var enforcedPercent: Int {
        for clause in clauses {
            if case .shadow = clause { return 0 }
            if case .enforce(let percent) = clause { return percent }
        }
        return 100
    }
}

extension LimitStatement: CustomStringConvertible {
    package var description: String { ([kind.description] + clauses.map(\.description)).joined(separator: " ") }
}
