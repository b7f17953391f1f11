/// HAProxy's configuration, and that of a SPOE engine: sections of lines, each line a list of words.
package struct HAProxyConfiguration: Equatable, Sendable {
    package struct Line: Equatable, Sendable {
        package var words: [String]
        package var place: String

        /// Whether the line begins so: `option spop-check`.
        func begins(_ words: String...) -> Bool { self.words.starts(with: words) }

        /// The word behind another one.
        func value(of word: String) -> String? {
            guard let index = words.firstIndex(of: word), index + 1 < words.count else { return nil }
            return words[index + 1]
        }
    }

    package struct Section: Equatable, Sendable {
        /// `backend`
        package var kind: String
        package var name: String
        package var lines: [Line]
        package var place: String
    }

    private static let kinds: Set<String> = [
        "global", "defaults", "frontend", "backend", "listen", "peers", "resolvers", "userlist", "mailers", "program",
        "cache", "ring", "http-errors", "fcgi-app", "log-forward", "crt-store", "traces", "spoe-agent", "spoe-message",
        "spoe-group",
    ]

    package private(set) var sections: [Section] = []

    package init() {}

    /// Reads one file; several are read one after the other.
    package mutating func read(_ text: String, file: String) {
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = Self.words(String(line))
            guard let first = words.first else { continue }
            let place = "\(file):\(number + 1)"
            // `[engine]` opens the part of one engine in a SPOE file.
            if Self.kinds.contains(first) || first.hasPrefix("[") {
                sections.append(
                    Section(
                        kind: first.hasPrefix("[") ? "engine" : first,
                        name: first.hasPrefix("[")
                            ? String(first.dropFirst().dropLast()) : words.dropFirst().first ?? "",
                        lines: [], place: place))
            } else if !sections.isEmpty {
                sections[sections.count - 1].lines.append(Line(words: words, place: place))
            }
        }
    }

    func sections(_ kinds: String...) -> [Section] { sections.filter { kinds.contains($0.kind) } }

    /// The last line of a section that begins so, else that of the defaults above it.
    func line(_ words: String..., in section: Section) -> Line? {
        func last(_ lines: [Line]) -> Line? { lines.last { $0.words.starts(with: words) } }
        if let own = last(section.lines) { return own }
        guard let index = sections.firstIndex(of: section) else { return nil }
        return sections[..<index].last { $0.kind == "defaults" }.flatMap { last($0.lines) }
    }

    func global(_ word: String) -> String? {
        sections("global").flatMap(\.lines).last { $0.words.first == word }?.words.dropFirst().first
    }

    /// The words of a line: quotes and backslashes as HAProxy takes them.
    private static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isWord = false
        var quote: Character?
        var isEscaped = false
        for character in line {
            if isEscaped {
                word.append(character)
                (isEscaped, isWord) = (false, true)
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "\"" || character == "'" {
                (quote, isWord) = (character, true)
            } else if character == "#" {
                break
            } else if character.isWhitespace {
                if isWord { words.append(word) }
                (word, isWord) = ("", false)
            } else {
                word.append(character)
                isWord = true
            }
        }
        if isWord { words.append(word) }
        return words
    }

    /// Milliseconds of a time such as `20ms`, `1m`, `3s`; without a unit they are milliseconds.
    static func milliseconds(_ text: String) -> Int? {
        let number = text.prefix { $0.isASCII && $0.isNumber }
        guard let value = Int(number), value < 1_000_000_000 else { return nil }
        switch text.dropFirst(number.count) {
        case "us": return value / 1_000
        case "", "ms": return value
        case "s": return value * 1_000
        case "m": return value * 60_000
        case "h": return value * 3_600_000
        case "d": return value * 86_400_000
        default: return nil
        }
    }
}
