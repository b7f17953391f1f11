/// A word of a statement, or a comma between words.
///
/// Quotes stay in the word's text: only a value gives them a meaning.
struct Token: Equatable, Sendable {
    var text: String
    var position: SourcePosition

    var isComma: Bool { text == "," }
}
