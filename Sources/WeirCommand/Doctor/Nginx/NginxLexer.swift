/// The words of an nginx file: quoted strings, escapes and comments as nginx reads them. A block of Lua (`…_by_lua_block {`) is one
/// word, as its braces are Lua's.
struct NginxLexer {
    enum Word: Equatable {
        case text(String)
        case end
        case open
        case close
    }

    private let characters: [Character]
    private var index = 0
    private(set) var line = 1

    init(_ text: String) { characters = Array(text) }

    /// The next word and the line that it begins on; nil at the end.
    mutating func next() -> (word: Word, line: Int)? {
        skip()
        guard let character = current else { return nil }
        let start = line
        switch character {
        case ";":
            advance()
            return (.end, start)
        case "{":
            advance()
            return (.open, start)
        case "}":
            advance()
            return (.close, start)
        case "\"", "'": return (.text(quoted(character)), start)
        default: return (.text(bare()), start)
        }
    }

    /// A block of another language, from its brace on.
    mutating func block() -> String {
        skip()
        guard current == "{" else { return "" }
        advance()
        var depth = 1
        var text = ""
        while let character = current {
            if character == "{" { depth += 1 }
            if character == "}" { depth -= 1 }
            advance()
            if depth == 0 { break }
            text.append(character)
        }
        return text
    }

    private var current: Character? { index < characters.count ? characters[index] : nil }

    private mutating func advance() {
        if characters[index].isNewline { line += 1 }
        index += 1
    }

    private mutating func skip() {
        while let character = current {
            if character == "#" {
                while let next = current, !next.isNewline { _ = next; advance() }
            } else if character.isWhitespace {
                advance()
            } else {
                return
            }
        }
    }

    private mutating func quoted(_ quote: Character) -> String {
        advance()
        var text = ""
        while let character = current {
            advance()
            if character == quote { break }
            if character == "\\", let next = current {
                // nginx leaves other escapes as they are.
                if next == quote || next == "\\" {
                    text.append(next)
                    advance()
                    continue
                }
            }
            text.append(character)
        }
        return text
    }

    private mutating func bare() -> String {
        var text = ""
        while let character = current {
            if character == "\\" {
                text.append(character)
                advance()
                if let next = current {
                    text.append(next)
                    advance()
                }
                continue
            }
            // `${name}` is a variable, not a block.
            if character == "{", text.last != "$" { break }
            if character == ";" || character.isWhitespace { break }
            if character == "}" {
                guard let opened = text.lastIndex(of: "{"), !text[opened...].contains("}") else { break }
            }
            text.append(character)
            advance()
        }
        return text
    }
}
