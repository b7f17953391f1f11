/// One word of a plan's text, with its place.
struct PlanWord: Equatable {
    let text: String
    let position: PlanPosition
}

/// A line's words, the first of which says what the others are.
struct PlanLine {
    let words: [PlanWord]

    var keyword: String { words[0].text }
    var position: PlanPosition { words[0].position }
}
