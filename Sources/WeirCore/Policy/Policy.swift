/// A policy that can be enforced: the statements of all its sources, with every name resolved.
///
/// The sources add up; a name used twice is refused. What this build does not enforce yet is refused too, never
/// ignored. `CompiledPolicy` is the same in the form that checks run on.
package struct Policy: Equatable, Sendable {
    /// Statements in all; the table that checks walk is in proportion to them.
    package static let maximumStatements = 4_096
    /// Bytes of one source's text.
    package static let maximumTextBytes = 1 << 20

    /// The statements of all sources, in order, each with its name.
    package let statements: [Statement]
    /// Custom attribute names in the order of their slots.
    package let customNames: [String]
    /// The time zone of statements that name none.
    package let zone: String

    /// Parses and checks the sources together.
    ///
    /// - Parameter almanac: knows the time zones that statements name.
    /// - Throws: everything that is wrong with any of them, each error with its source.
    package init(_ sources: [PolicySource], almanac: some Almanac) throws(PolicyErrors) {
        var errors: [PolicyError] = []
        var statements: [(source: String, statement: Statement)] = []
        for source in sources {
            do throws(PolicyErrors) {
                guard source.text.utf8.count <= Self.maximumTextBytes else {
                    throw PolicyErrors([
                        PolicyError(
                            at: SourcePosition(line: 1, column: 1),
                            "expected at most \(Self.maximumTextBytes) bytes, found \(source.text.utf8.count)")
                    ])
                }
                for var statement in try PolicyParser.parse(source.text) {
                    statement.name = statement.name ?? Statement.defaultName
                    statements.append((source.name, statement))
                }
            } catch {
                errors += error.errors.map { $0.with(source: source.name) }
            }
        }
        var checker = PolicyChecker(statements, almanac)
        errors += checker.check()
        guard errors.isEmpty else { throw PolicyErrors(errors) }
        self.statements = statements.map(\.statement)
        customNames = checker.customNames
        zone = almanac.zone
    }

    /// The policy with no statements: everything passes.
    package static let empty = Policy()

    private init() {
        statements = []
        customNames = []
        zone = "UTC"
    }

    /// The limits with their names, in the order of the text; a limit's place here is its number in decisions.
    package var limits: [(name: String, limit: LimitStatement)] {
        statements.compactMap { statement in
            guard case .limit(let limit) = statement.body else { return nil }
            return (statement.name ?? Statement.defaultName, limit)
        }
    }
}

extension Policy: CustomStringConvertible {
    /// One statement a line, as the grammar writes it.
    package var description: String { statements.map(\.description).joined(separator: "\n") }
}

extension PolicyError {
    /// The same error, in this source.
    func with(source: String) -> PolicyError {
        var error = self
        error.source = source
        return error
    }
}
