/// Reads the rule grammar: one statement at a time, LL(1), every error of the text at once.
///
/// The grammar is in `protocol/rules.md`. What parses is not yet known to be enforceable: that is `PolicyCompiler`'s
/// part.
package struct PolicyParser {
    private var tokens: [Token]
    private var index = 0

    private init(_ tokens: [Token]) { self.tokens = tokens }

    /// The statements of a policy's text, in its order.
    ///
    /// - Throws: every error that is found, one for each statement at fault.
    package static func parse(_ text: String) throws(PolicyErrors) -> [Statement] {
        var lexer = Lexer(text)
        let lines = lexer.statements()
        var errors = lexer.errors
        var statements: [Statement] = []
        for tokens in lines {
            var parser = PolicyParser(tokens)
            do throws(PolicyError) {
                statements.append(try parser.statement())
            } catch {
                errors.append(error)
            }
        }
        if statements.count > 1 {
            for statement in statements where statement.name == nil {
                errors.append(
                    PolicyError(
                        at: statement.position, "expected a name and \":\" before the limit, as there are others",
                        suggestion: "name: \(statement)"))
            }
        }
        guard errors.isEmpty else {
            throw PolicyErrors(
                errors.sorted {
                    ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column)
                })
        }
        return statements
    }

    // MARK: Words

    /// The current word, or nil at the end or before a comma.
    var word: String? {
        guard index < tokens.count, !tokens[index].isComma else { return nil }
        return tokens[index].text
    }

    var isAtEnd: Bool { index == tokens.count }

    /// Where the current word is; after the last one, just behind it.
    var position: SourcePosition {
        if index < tokens.count { return tokens[index].position }
        guard let last = tokens.last else { return SourcePosition(line: 1, column: 1) }
        return SourcePosition(line: last.position.line, column: last.position.column + last.text.count)
    }

    mutating func advance() { index += 1 }

    /// The word after the current one.
    var wordAfter: String? { index + 1 < tokens.count ? tokens[index + 1].text : nil }

    /// Takes the current word when it is this one.
    mutating func take(_ expected: String) -> Bool {
        guard word == expected else { return false }
        index += 1
        return true
    }

    /// Takes a comma when there is one.
    mutating func takeComma() -> Bool {
        guard index < tokens.count, tokens[index].isComma else { return false }
        index += 1
        return true
    }

    /// What is said about the current word, or the end.
    var found: String {
        index < tokens.count ? "found \"\(tokens[index].text)\"" : "found the end of the statement"
    }

    func failure(_ expected: String, suggestion: String? = nil, at place: SourcePosition? = nil) -> PolicyError {
        PolicyError(at: place ?? position, "expected \(expected), \(found)", suggestion: suggestion)
    }

    // MARK: Statements

    private mutating func statement() throws(PolicyError) -> Statement {
        let start = position
        var name: String?
        if tokens.count > 1, tokens[1].text == ":" {
            name = try self.name("a name for the statement")
            advance()
        }
        let body = try body(isNamed: name != nil)
        if !isAtEnd { throw failure("the end of the statement") }
        return Statement(name: name, body: body, at: start)
    }

    private mutating func body(isNamed: Bool) throws(PolicyError) -> Statement.Body {
        let keywords = ["group", "route", "deny", "exempt"]
        guard let word else { throw failure("a limit such as 200/s, or group, route, deny or exempt") }
        if keywords.contains(word), !isNamed {
            throw PolicyError(
                at: position, "expected a name and \":\" before \"\(word)\"", suggestion: "name: \(word) …")
        }
        switch word {
        case "group":
            advance()
            return .group(try group())
        case "route":
            advance()
            return try route()
        case "deny":
            advance()
            let code = try self.code()
            return .deny(code: code, try when())
        case "exempt":
            advance()
            let names = take("from") ? try names("the name of a limit") : []
            return .exempt(from: names, try when())
        default:
            if word.first?.isNumber != true, word != "quota",
                let meant = Suggestion.nearest(to: word, among: keywords + ["quota"])
            {
                throw failure("a limit such as 200/s, or group, route, deny or exempt", suggestion: meant)
            }
            return .limit(try limit())
        }
    }

    private mutating func group() throws(PolicyError) -> [Value] {
        var values: [Value] = []
        while let word {
            values.append(try Self.value(word, at: position))
            advance()
        }
        if values.isEmpty { throw failure("the members of the group") }
        if !isAtEnd { throw failure("members apart by spaces", suggestion: "a space instead of \",\"") }
        return values
    }

    private mutating func route() throws(PolicyError) -> Statement.Body {
        var methods: [String] = []
        if let word, let first = word.first, !"/*?\"".contains(first) {
            methods = word.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            for method in methods where method.isEmpty || !method.allSatisfy({ $0.isASCII && $0.isLetter }) {
                throw failure("methods such as GET|POST, or a path such as /search/*")
            }
            advance()
        }
        guard let word else { throw failure("a path such as /search/*") }
        let path = try Self.value(word, at: position)
        if case .group = path { throw failure("a path such as /search/*") }
        advance()
        let product = take("of") ? try name("the name of a product") : nil
        let weight = take("weight") ? try integer("a weight", in: 1...1_000_000) : nil
        return .route(methods: methods, path: path, product: product, weight: weight)
    }

    /// `when` and its conditions, as `deny` and `exempt` need them.
    private mutating func when() throws(PolicyError) -> [Condition] {
        guard take("when") else {
            throw failure("\"when\" and a condition", suggestion: word == "if" ? "when" : nil)
        }
        return try conditions()
    }
}
