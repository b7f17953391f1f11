/// Finds what is wrong with statements that parsed: names, references, numbers, and what this build does not enforce.
struct PolicyChecker {
    private let statements: [(source: String, statement: Statement)]
    let almanac: any Almanac
    private var errors: [PolicyError] = []
    /// Custom attributes in the order in which rules first use them.
    private(set) var customNames: [String] = []

    init(_ statements: [(source: String, statement: Statement)], _ almanac: some Almanac) {
        self.statements = statements
        self.almanac = almanac
    }

    /// Every error, in the order of the text.
    mutating func check() -> [PolicyError] {
        if let extra = statements.dropFirst(Policy.maximumStatements).first {
            report(extra, "expected at most \(Policy.maximumStatements) statements, found \(statements.count)")
            return errors
        }
        checkNames()
        let groups = names { if case .group = $0 { true } else { false } }
        let limits = names { if case .limit = $0 { true } else { false } }
        for entry in statements {
            switch entry.statement.body {
            case .group(let values): checkGroup(values, entry, groups)
            case .route: break
            case .deny(_, let conditions): check(conditions, entry, groups)
            case .exempt(let names, let conditions):
                checkReferences(names, entry, limits, "exempt from")
                check(conditions, entry, groups)
            case .limit(let limit): check(limit, entry, groups, limits)
            }
        }
        return errors
    }

    mutating func report(
        _ entry: (source: String, statement: Statement), _ message: String, suggestion: String? = nil,
        at position: SourcePosition? = nil
    ) {
        errors.append(
            PolicyError(
                at: position ?? entry.statement.position, message, suggestion: suggestion, source: entry.source))
    }

    private func names(where isWanted: (Statement.Body) -> Bool) -> [String] {
        statements.compactMap { isWanted($0.statement.body) ? $0.statement.name : nil }
    }

    /// Groups live beside the other statements: `@office` and a limit called `office` may both be.
    private mutating func checkNames() {
        var seen: [String: String] = [:]
        for entry in statements {
            guard let name = entry.statement.name else { continue }
            var kind = "statement"
            if case .group = entry.statement.body { kind = "group" }
            if let first = seen["\(kind) \(name)"] {
                let place = first == entry.source ? "" : " (also in \(first))"
                report(entry, "expected a new name, found \"\(name)\" again\(place)")
            }
            seen["\(kind) \(name)"] = entry.source
        }
    }

    private mutating func checkReferences(
        _ names: [String], _ entry: (source: String, statement: Statement), _ known: [String], _ word: String
    ) {
        for name in names {
            if name == entry.statement.name {
                report(entry, "expected another limit after \"\(word)\", found \"\(name)\" itself")
            } else if !known.contains(name) {
                report(
                    entry, "expected the name of a limit after \"\(word)\", found \"\(name)\"",
                    suggestion: Suggestion.nearest(to: name, among: known))
            }
        }
    }

    // MARK: Groups and conditions

    private mutating func checkGroup(
        _ values: [Value], _ entry: (source: String, statement: Statement), _ groups: [String]
    ) {
        for case .group(let name) in values {
            report(
                entry, "expected addresses, prefixes or text in a group, found \"@\(name)\"",
                suggestion: "the members of \(name) themselves")
        }
    }

    private mutating func check(
        _ conditions: [Condition], _ entry: (source: String, statement: Statement), _ groups: [String]
    ) {
        for condition in conditions {
            use(condition.attribute, entry, at: condition.position)
            switch condition.test {
            case .isPresent, .isAbsent: break
            case .isOneOf(let values), .isNoneOf(let values): check(values, of: condition, entry, groups)
            }
        }
    }

    private mutating func check(
        _ values: [Value], of condition: Condition, _ entry: (source: String, statement: Statement), _ groups: [String]
    ) {
        for value in values {
            switch value {
            case .group(let name):
                if !groups.contains(name) {
                    report(
                        entry, "expected the name of a group after \"@\", found \"\(name)\"",
                        suggestion: Suggestion.nearest(to: name, among: groups).map { "@\($0)" },
                        at: condition.position)
                } else if condition.attribute == "ip", let text = memberThatIsNoAddress(of: name) {
                    report(
                        entry, "expected addresses in the group \"\(name)\" for ip, found \"\(text)\"",
                        at: condition.position)
                }
            case .pattern(let text), .quoted(let text):
                if condition.attribute == "ip", AddressRange(text) == nil {
                    report(
                        entry, "expected an address or a prefix for ip, found \"\(text)\"",
                        suggestion: "192.0.2.0/24", at: condition.position)
                }
            }
        }
    }

    private func memberThatIsNoAddress(of group: String) -> String? {
        for (_, statement) in statements where statement.name == group {
            guard case .group(let values) = statement.body else { continue }
            for value in values {
                switch value {
                case .pattern(let text), .quoted(let text): if AddressRange(text) == nil { return text }
                case .group: break
                }
            }
        }
        return nil
    }

    /// Gives a custom attribute its slot.
    private mutating func use(
        _ attribute: String, _ entry: (source: String, statement: Statement), at position: SourcePosition? = nil
    ) {
        guard AttributeSlot(name: attribute) == nil, !customNames.contains(attribute) else { return }
        customNames.append(attribute)
        if customNames.count == AttributeSlot.maximumCustomNames + 1 {
            report(
                entry,
                "expected at most \(AttributeSlot.maximumCustomNames) custom attributes in all, found \"\(attribute)\" as one more",
                at: position)
        }
    }

    // MARK: Limits

    private mutating func check(
        _ limit: LimitStatement, _ entry: (source: String, statement: Statement), _ groups: [String], _ limits: [String]
    ) {
        for key in limit.keys { use(key.attribute, entry) }
        check(limit.conditions, entry, groups)
        for price in limit.prices { check(price.conditions, entry, groups) }
        checkReferences(limit.replaces, entry, limits, "replaces")
        checkCalendar(limit, entry)
        if let unenforced = limit.unenforced {
            report(entry, unenforced.message, suggestion: unenforced.suggestion)
        } else if limit.terms == nil {
            report(
                entry, "expected smaller numbers: capacity × time of \"\(limit.kind)\" is too large to count exactly",
                suggestion: "a smaller burst, or a smaller unit of time")
        }
    }
}

extension LimitStatement {
    /// The numbers that the limit counts by; nil when it has none (slots) or they are too large.
    package var terms: LimitTerms? {
        switch kind {
        case .bucket(let amount, let count, let unit):
            LimitTerms(
                capacity: (burst ?? amount).value, tokens: amount.value, microseconds: count * unit.microseconds)
        case .window(let amount, _, _, _): LimitTerms(window: amount.value)
        case .slots(let count): LimitTerms(slots: count)
        }
    }

    /// What of this limit this build does not enforce yet, and what to write meanwhile; nil when all of it is enforced.
    package var unenforced: (message: String, suggestion: String?)? {
        for clause in clauses {
            switch clause {
            case .anchor(.signup), .overage:
                return ("\"\(clause)\" is not enforced by this version", "the limit without it")
            case .burst, .by, .when, .during, .zone, .anchor, .counting, .cost, .hold, .answer, .shadow, .enforce,
                .replaces, .outage, .change:
                break
            }
        }
        return nil
    }
}
