/// Cuts the text of a policy into statements and each statement into words.
///
/// Statements end at a newline or `;`, words at white space, a comma stands alone; inside double quotes none of this
/// holds. `#` at a word's start begins a comment to the end of the line. A `:` after the first word's name is a word of
/// its own.
struct Lexer {
    private var rest: Substring
    private var position = SourcePosition(line: 1, column: 1)
    private(set) var errors: [PolicyError] = []

    init(_ text: String) { rest = Substring(text) }

    /// The words of every statement that is not empty. A statement with an open quote is left out and told in `errors`.
    mutating func statements() -> [[Token]] {
        var statements: [[Token]] = []
        var words: [Token] = []
        var isBroken = false
        while let character = rest.first {
            switch character {
            case "\n", "\r\n", ";":
                advance()
                if !words.isEmpty, !isBroken { statements.append(words) }
                words = []
                isBroken = false
            case "#":
                while let next = rest.first, !next.isNewline { advance() }
            case ",":
                words.append(Token(text: ",", position: position))
                advance()
            case _ where character.isWhitespace:
                advance()
            default:
                let start = position
                if let word = word() {
                    words += Self.splitName(Token(text: word, position: start), isFirst: words.isEmpty)
                } else {
                    errors.append(PolicyError(at: start, "expected a closing \" before the end of the line"))
                    isBroken = true
                }
            }
        }
        if !words.isEmpty, !isBroken { statements.append(words) }
        return statements
    }

    private mutating func advance() {
        guard let character = rest.popFirst() else { return }
        if character.isNewline {
            position = SourcePosition(line: position.line + 1, column: 1)
        } else {
            position.column += 1
        }
    }

    /// Takes one word; nil when a quote in it is not closed on its line.
    private mutating func word() -> String? {
        var text = ""
        var isQuoted = false
        while let character = rest.first {
            if isQuoted {
                if character.isNewline { return nil }
                if character == "\\", let next = rest.dropFirst().first, next == "\"" || next == "\\" {
                    text.append(character)
                    advance()
                    text.append(next)
                    advance()
                    continue
                }
            } else if character.isWhitespace || character == "," || character == ";" {
                break
            }
            if character == "\"" { isQuoted.toggle() }
            text.append(character)
            advance()
        }
        return isQuoted ? nil : text
    }

    /// `flood:200/s` is a name, a colon and an amount; later words may hold colons (IPv6 addresses, times).
    private static func splitName(_ token: Token, isFirst: Bool) -> [Token] {
        guard isFirst, let colon = token.text.firstIndex(of: ":"), colon != token.text.startIndex else {
            return [token]
        }
        let name = String(token.text[..<colon])
        let after = String(token.text[colon...].dropFirst())
        var place = token.position
        var tokens = [Token(text: name, position: place)]
        place.column += name.count
        tokens.append(Token(text: ":", position: place))
        place.column += 1
        if !after.isEmpty { tokens.append(Token(text: after, position: place)) }
        return tokens
    }
}
