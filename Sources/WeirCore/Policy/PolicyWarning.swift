/// Something in a policy that is legal but probably not meant.
package struct PolicyWarning: Equatable, Sendable, CustomStringConvertible {
    package let position: SourcePosition
    package let message: String

    package var description: String { "\(position.line):\(position.column): \(message)" }
}

extension Policy {
    /// What an author should look at again; `weir rules lint` prints it.
    package var warnings: [PolicyWarning] {
        var warnings: [PolicyWarning] = []
        func warn(_ statement: Statement, _ message: String) {
            warnings.append(PolicyWarning(position: statement.position, message: message))
        }
        let hasRoutes = statements.contains { if case .route = $0.body { true } else { false } }
        var usedGroups: Set<String> = []
        for statement in statements {
            for condition in statement.allConditions {
                guard case .isOneOf(let values) = condition.test else {
                    if case .isNoneOf(let values) = condition.test { usedGroups.formUnion(values.compactMap(\.group)) }
                    continue
                }
                usedGroups.formUnion(values.compactMap(\.group))
            }
        }
        for statement in statements {
            let name = statement.name ?? Statement.defaultName
            switch statement.body {
            case .limit(let limit):
                for key in limit.keys where isEscapable(key.attribute, hasRoutes: hasRoutes) {
                    let isRequired = limit.conditions.contains { condition in
                        condition.attribute == key.attribute && condition.test != .isAbsent
                    }
                    if !isRequired, !isDeniedWithout(key.attribute) {
                        warn(
                            statement,
                            "\(name): a request without \(key.attribute) is not limited by this rule; add a limit"
                                + " \"by ip when no \(key.attribute)\", or \"deny 401 when no \(key.attribute)\"")
                    }
                }
                if case .slots = limit.kind {
                    warn(
                        statement,
                        "\(name): where a door sends neither a report nor a release, a request holds its slot for"
                            + " \(limit.holdText)")
                }
                if let counting = limit.counting, Measure(counting).isReported {
                    warn(
                        statement,
                        "\(name): \(counting) are known from reports alone (REPORT or /report, or the log door); where none"
                            + " come for a request, this rule does not count it, and never denies")
                }
                if limit.enforcedPercent == 0, !limit.replaces.isEmpty {
                    warn(statement, "\(name): a shadow rule replaces nothing")
                }
            case .group where !usedGroups.contains(name): warn(statement, "the group \(name) is not used")
            case .group, .route, .deny, .exempt: break
            }
        }
        return warnings
    }

    /// Whether a client can leave the attribute out; servers always know address, method, path and host.
    private func isEscapable(_ attribute: String, hasRoutes: Bool) -> Bool {
        switch attribute {
        case "ip", "method", "path", "host": false
        case "route", "product": !hasRoutes
        default: true
        }
    }

    private func isDeniedWithout(_ attribute: String) -> Bool {
        statements.contains { statement in
            guard case .deny(_, let conditions) = statement.body else { return false }
            return conditions.contains { $0.attribute == attribute && $0.test == .isAbsent }
        }
    }
}

extension Value {
    /// The name of the group, if it is one.
    var group: String? {
        if case .group(let name) = self { name } else { nil }
    }
}

extension Statement {
    /// Every condition in the statement, those of prices included.
    var allConditions: [Condition] {
        switch body {
        case .group, .route: []
        case .deny(_, let conditions), .exempt(_, let conditions): conditions
        case .limit(let limit): limit.conditions + limit.prices.flatMap(\.conditions)
        }
    }
}
