/// Cuts the text of a plan into lines and words, up to the line `rules:`, behind which everything is the text of the rules.
///
/// Words end at white space; a comma and a parenthesis stand alone; `#` at a word's start begins a comment to the end of the line.
struct PlanLexer {
    private(set) var lines: [PlanLine] = []
    private(set) var rules: PlanRules?
    private(set) var errors: [PlanError] = []

    init(_ text: String) {
        let texts = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in texts.enumerated() {
            let words = Self.words(line, index + 1)
            guard let first = words.first else { continue }
            if first.text == "rules:" {
                if words.count > 1 {
                    errors.append(
                        PlanError(
                            at: words[1].position,
                            "expected the rules on the lines behind \"rules:\", found \(BillingError.quoted(words[1].text)) beside it"
                        ))
                }
                rules = rules(Array(texts[(index + 1)...]), after: index + 1)
                return
            }
            guard words.count <= PlanLimits.words else {
                errors.append(
                    PlanError(
                        at: first.position, "expected at most \(PlanLimits.words) words in a line, found \(words.count)"
                    ))
                continue
            }
            lines.append(PlanLine(words: words))
        }
    }

    private static func words(_ line: Substring, _ number: Int) -> [PlanWord] {
        var words: [PlanWord] = []
        var word = ""
        var start = 1
        func end() {
            if !word.isEmpty { words.append(PlanWord(text: word, position: PlanPosition(line: number, column: start))) }
            word = ""
        }
        for (index, character) in line.enumerated() {
            if word.isEmpty { start = index + 1 }
            if character == "#", word.isEmpty { break }
            if character.isWhitespace {
                end()
            } else if character == "," || character == "(" || character == ")" {
                end()
                words.append(PlanWord(text: String(character), position: PlanPosition(line: number, column: index + 1)))
            } else {
                word.append(character)
            }
        }
        end()
        return words
    }

    /// The text behind `rules:`, without the indentation that its lines have in common.
    private mutating func rules(_ lines: [Substring], after line: Int) -> PlanRules {
        var indent = Int.max
        for (index, text) in lines.enumerated() {
            guard let first = text.firstIndex(where: { !$0.isWhitespace }), text[first] != "#" else { continue }
            let width = text.distance(from: text.startIndex, to: first)
            if width == 0 {
                errors.append(
                    PlanError(
                        at: PlanPosition(line: line + 1 + index, column: 1),
                        "expected rules, indented, to the end of the text, found \(BillingError.quoted(String(text)))",
                        suggestion: "two spaces before a rule, and other lines above \"rules:\""))
            }
            indent = min(indent, width)
        }
        if indent == .max { indent = 0 }
        var kept = lines.map { text in
            // A comment may stand further left than the rules.
            String(
                text.drop { $0.isWhitespace }.count < text.count - indent
                    ? text.dropFirst(indent) : text.drop { $0.isWhitespace })
        }
        while kept.last?.allSatisfy(\.isWhitespace) == true { kept.removeLast() }
        return PlanRules(text: kept.joined(separator: "\n"), firstLine: line + 1, indent: indent)
    }
}
