/// Conditions, values and names, which several statements share.
extension PolicyParser {
    /// One or more conditions, up to the next clause, comma or end.
    mutating func conditions() throws(PolicyError) -> [Condition] {
        var conditions: [Condition] = []
        while let word, !Clause.words.contains(word) {
            let start = position
            if word == "no" {
                advance()
                guard let name = self.word else { throw failure("an attribute after \"no\"") }
                let attribute = try attribute(name)
                advance()
                conditions.append(Condition(attribute, .isAbsent, at: start))
            } else {
                conditions.append(try condition(word, at: start))
                advance()
            }
        }
        if conditions.isEmpty { throw failure("a condition such as method=POST, user or no api_key") }
        return conditions
    }

    private func condition(_ word: String, at start: SourcePosition) throws(PolicyError) -> Condition {
        guard let equals = word.firstIndex(of: "=") else {
            if let meant = ["and": "a space", "&&": "a space", "or": "| between values", "||": "| between values"][word]
            {
                throw failure("a condition", suggestion: meant)
            }
            return Condition(try attribute(word), .isPresent, at: start)
        }
        var name = word[..<equals]
        var list = word[word.index(after: equals)...]
        let isNegated = name.hasSuffix("!")
        if isNegated { name = name.dropLast() }
        if name.isEmpty || list.isEmpty {
            throw failure("a condition without spaces, such as method=POST")
        }
        if list.hasPrefix("=") {
            throw failure("one \"=\"", suggestion: "\(name)=\(list.dropFirst())")
        }
        let attribute = try attribute(String(name))
        if attribute == "api_key" {
            throw PolicyError(
                at: start, "expected no value for api_key, which is a secret", suggestion: "api_key or no api_key")
        }
        var values: [Value] = []
        while true {
            let (part, rest) = Self.splitAtBar(list)
            values.append(try Self.value(String(part), at: start))
            guard let rest else { break }
            list = rest
        }
        return Condition(attribute, isNegated ? .isNoneOf(values) : .isOneOf(values), at: start)
    }

    /// The part before the first `|` outside quotes, and what follows it.
    private static func splitAtBar(_ text: Substring) -> (Substring, Substring?) {
        var isQuoted = false
        var isEscaped = false
        for index in text.indices {
            if isEscaped {
                isEscaped = false
            } else if text[index] == "\\", isQuoted {
                isEscaped = true
            } else if text[index] == "\"" {
                isQuoted.toggle()
            } else if text[index] == "|", !isQuoted {
                return (text[..<index], text[text.index(after: index)...])
            }
        }
        return (text, nil)
    }

    static func value(_ text: String, at place: SourcePosition) throws(PolicyError) -> Value {
        if text.hasPrefix("@") {
            guard isName(String(text.dropFirst())) else {
                throw PolicyError(at: place, "expected the name of a group after \"@\", found \"\(text)\"")
            }
            return .group(String(text.dropFirst()))
        }
        if text.hasPrefix("\"") {
            var literal = ""
            var rest = text.dropFirst()
            while let character = rest.popFirst() {
                if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                    literal.append(next)
                    rest.removeFirst()
                } else if character == "\"" {
                    guard rest.isEmpty else { break }
                    return .quoted(literal)
                } else {
                    literal.append(character)
                }
            }
            throw PolicyError(at: place, "expected nothing behind the closing \" of a value, found \"\(rest)\"")
        }
        guard !text.isEmpty, !text.contains("\"") else {
            throw PolicyError(at: place, "expected a value, found \"\(text)\"", suggestion: "the whole value in quotes")
        }
        return .pattern(text)
    }

    /// An attribute's name, in lower case, that is no word of the grammar.
    func attribute(_ text: String) throws(PolicyError) -> String {
        if Clause.words.contains(text) || ["no", "if", "to", "of", "on"].contains(text) {
            throw failure("an attribute's name, not a word of the grammar")
        }
        guard Self.isName(text) else {
            throw failure(
                "an attribute's name (a letter, then letters, digits, \".\", \"_\" or \"-\")",
                suggestion: text.contains("/") && text.hasPrefix("ip") ? "ip/24/48" : nil)
        }
        if text != text.lowercased() {
            throw failure("an attribute's name in lower case", suggestion: text.lowercased())
        }
        return text
    }

    /// A letter, then letters, digits, `.`, `_` or `-`; at most 63 bytes, so that it may stand in a RateLimit header.
    package static func isName(_ text: String) -> Bool {
        guard let first = text.first, first.isASCII, first.isLetter, text.utf8.count <= 63 else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }

    mutating func name(_ what: String) throws(PolicyError) -> String {
        guard let word, Self.isName(word) else {
            throw failure("\(what) (a letter, then letters, digits, \".\", \"_\" or \"-\", at most 63)")
        }
        advance()
        return word
    }

    mutating func names(_ what: String) throws(PolicyError) -> [String] {
        var names = [try name(what)]
        while takeComma() { names.append(try name(what)) }
        return names
    }

    mutating func integer(_ what: String, in bounds: ClosedRange<Int64>) throws(PolicyError) -> Int64 {
        guard let word, let number = Int64(word), bounds.contains(number) else {
            throw failure("\(what) from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        advance()
        return number
    }
}
