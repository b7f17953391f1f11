/// A line of a Caddyfile with the block behind it.
package struct CaddyfileBlock: Equatable, Sendable {
    package var words: [String]
    package var block: [CaddyfileBlock]
    /// `Caddyfile:12`.
    package var place: String

    /// Reads a whole Caddyfile; snippets and sites are blocks like any other.
    package static func read(_ text: String, file: String) -> [CaddyfileBlock] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map {
            (number: $0.offset + 1, words: words(String($0.element)))
        }[...]
        return block(&lines, file, depth: 0)
    }

    private static let maximumDepth = 64

    private static func block(
        _ lines: inout ArraySlice<(number: Int, words: [String])>, _ file: String, depth: Int
    ) -> [CaddyfileBlock] {
        var blocks: [CaddyfileBlock] = []
        while let line = lines.popFirst() {
            if line.words.isEmpty { continue }
            if line.words == ["}"] { return blocks }
            guard line.words.last == "{", depth < maximumDepth else {
                blocks.append(CaddyfileBlock(words: line.words, block: [], place: "\(file):\(line.number)"))
                continue
            }
            let inner = block(&lines, file, depth: depth + 1)
            blocks.append(CaddyfileBlock(words: line.words.dropLast(), block: inner, place: "\(file):\(line.number)"))
        }
        return blocks
    }

    private static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "\"" || character == "`", word.isEmpty {
                quote = character
            } else if character == "#", word.isEmpty {
                break
            } else if character.isWhitespace {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    /// Itself and everything inside, outermost first.
    func walk(_ visit: (CaddyfileBlock) -> Void) {
        visit(self)
        for inner in block { inner.walk(visit) }
    }

    /// Every block inside that begins with this word.
    func all(_ word: String) -> [CaddyfileBlock] {
        var found: [CaddyfileBlock] = []
        for inner in block { inner.walk { if $0.words.first == word { found.append($0) } } }
        return found
    }
}
