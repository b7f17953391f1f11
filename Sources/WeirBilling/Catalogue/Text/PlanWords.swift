/// Reads the words of one line, one after the other.
struct PlanWords {
    private let words: [PlanWord]
    private var index = 1
    /// In which amounts are; where the text's is not known, any.
    let currency: Currency

    init(_ line: PlanLine, _ currency: Currency) {
        words = line.words
        self.currency = currency
    }

    var word: String? { index < words.count ? words[index].text : nil }
    var isAtEnd: Bool { index >= words.count }

    /// Where the current word is; at the end, just behind the last one.
    var position: PlanPosition {
        if index < words.count { return words[index].position }
        let last = words[words.count - 1]
        return PlanPosition(line: last.position.line, column: last.position.column + last.text.count)
    }

    /// The word after the current one.
    var next: String? { index + 1 < words.count ? words[index + 1].text : nil }

    mutating func advance() { index += 1 }

    /// Takes the word if it is the current one.
    mutating func take(_ text: String) -> Bool {
        guard word == text else { return false }
        index += 1
        return true
    }

    /// Takes any word.
    mutating func takeAny(_ expected: String, suggestion: String? = nil) throws(PlanError) -> PlanWord {
        guard index < words.count else { throw unexpected(expected, suggestion: suggestion) }
        index += 1
        return words[index - 1]
    }

    /// Takes this word or refuses what there is.
    mutating func require(_ text: String, suggestion: String? = nil) throws(PlanError) {
        guard take(text) else { throw unexpected("\"\(text)\"", suggestion: suggestion) }
    }

    /// Takes one of a few words.
    mutating func choice<Choice: RawRepresentable & CaseIterable>(_: Choice.Type) throws(PlanError) -> Choice
    where Choice.RawValue == String {
        let names = Choice.allCases.map(\.rawValue)
        guard let word, let choice = Choice(rawValue: word) else {
            let head = names.dropLast().joined(separator: ", ")
            throw unexpected(
                "\(head) or \(names[names.count - 1])", suggestion: word.flatMap { NearestWord.of($0, among: names) })
        }
        index += 1
        return choice
    }

    func unexpected(_ expected: String, suggestion: String? = nil) -> PlanError {
        let found = word.map(BillingError.quoted) ?? "the end of the line"
        let place = " after \(BillingError.quoted(words[min(index, words.count) - 1].text))"
        return PlanError(at: position, "expected \(expected)\(place), found \(found)", suggestion: suggestion)
    }

    // MARK: Texts and numbers

    /// Takes a text that a check passes.
    mutating func text(_ expected: String, _ check: (String, String) throws(BillingError) -> String) throws(PlanError)
        -> PlanWord
    {
        let word = try takeAny(expected)
        do throws(BillingError) {
            _ = try check(word.text, "")
        } catch {
            throw PlanError(at: word.position, error)
        }
        return word
    }

    /// Takes an amount of money without its currency: `12.50`.
    mutating func money(_ example: String = "5.00") throws(PlanError) -> Money {
        let word = try takeAny("an amount such as \(example)")
        guard let amount = try Self.money(word, currency) else {
            index -= 1
            throw unexpected(
                "an amount such as \(example), digits with a point and at most nine behind it where needed")
        }
        if amount.nano < 0 {
            throw PlanError(at: word.position, "expected an amount of 0 or more, found \"\(word.text)\"")
        }
        return amount
    }

    /// nil where the word is no figure.
    private static func money(_ word: PlanWord, _ currency: Currency) throws(PlanError) -> Money? {
        switch FixedPoint.read(word.text[...], digits: 9) {
        case .number(let nano): return Money(nano: nano, currency)
        case .beyond: throw PlanError(at: word.position, .tooLarge("amount", currency))
        case .unreadable: return nil
        }
    }

    /// Takes a number with a size where there is one: `1000`, `10k`, `5GB`.
    mutating func number(_ range: ClosedRange<Int64> = 1...Int64.max, _ example: String = "1000") throws(PlanError)
        -> Int64
    {
        let word = try takeAny("a number such as \(example)")
        guard let reading = PlanNumber.read(word.text) else {
            index -= 1
            throw unexpected("a number such as \(example)")
        }
        guard let number = reading.value, range.contains(number) else {
            throw PlanError(
                at: word.position,
                "expected a number from \(range.lowerBound) to \(range.upperBound), found \"\(word.text)\"")
        }
        return number
    }
}
