/// The rules of a plan, as checks enforce them: what was written, with `by consumer` where a limit says nothing else.
package struct PlanRules: Equatable, Sendable {
    package let statements: [Statement]
    /// Custom attribute names that they use.
    let customNames: [String]
    let zone: String

    /// Parses and checks the text of a plan's rules; whoever publishes a plan calls this first.
    ///
    /// - Throws: everything that is wrong, each with its line in the text. `route` is: routes are the products'.
    package init(plan code: String, text: String, almanac: some Almanac) throws(PolicyErrors) {
        let name = "plan \(code)"
        let policy = try Policy([PolicySource(name: name, text: text)], almanac: almanac)
        let routes = policy.statements.filter { if case .route = $0.body { true } else { false } }
        guard routes.isEmpty else {
            throw PolicyErrors(
                routes.map {
                    PolicyError(
                        at: $0.position, "expected no route in a plan: routes are declared with their product",
                        source: name)
                })
        }
        statements = policy.statements.map(Self.countedByConsumer)
        customNames = policy.customNames
        zone = policy.zone
    }

    private static func countedByConsumer(_ statement: Statement) -> Statement {
        guard case .limit(var limit) = statement.body, limit.keys.isEmpty else { return statement }
        limit.clauses.append(.by([.attribute("consumer")]))
        var statement = statement
        statement.body = .limit(limit)
        return statement
    }
}
