/// The clauses of a limit, one function each where it takes more than a line.
extension PolicyParser {
    /// Takes one clause; `previous` helps to tell a forgotten comma from a misspelt word.
    mutating func clause(after previous: Clause?) throws(PolicyError) -> Clause {
        let expected = "a clause (\(Clause.words.joined(separator: ", ")))"
        guard let word else { throw failure(expected) }
        guard Clause.words.contains(word) else {
            var meant = Self.clauseMeant(by: word)
            if meant == nil, case .by = previous { meant = "a comma before \"\(word)\"" }
            throw failure(expected, suggestion: meant)
        }
        advance()
        switch word {
        case "burst": return .burst(try burst())
        case "by": return .by(try keys())
        case "when": return .when(try conditions())
        case "during": return .during(try spans())
        case "in": return .zone(try zone())
        case "from": return .anchor(try anchor())
        case "counting": return .counting(try counting())
        case "cost": return .cost(try prices())
        case "overage": return .overage(to: take("to") ? try amount("the hard cap, such as 150k") : nil)
        case "hold": return try hold()
        case "answer": return .answer(try requiredCode())
        case "shadow": return .shadow
        case "enforce": return try enforce()
        case "replaces": return .replaces(try names("the name of a limit"))
        case "on": return .change(try change())
        default: return .outage(try outage())
        }
    }

    private static func clauseMeant(by word: String) -> String? {
        switch word {
        case "if", "where": "when"
        case "per": "by"
        case "and": "a space between conditions"
        case "or": "| between values"
        default: Suggestion.nearest(to: word, among: Clause.words)
        }
    }

    private mutating func burst() throws(PolicyError) -> Amount {
        let burst = try amount("an amount such as 400")
        guard burst.value > 0 else { throw failure("a burst of at least 1") }
        return burst
    }

    private mutating func amount(_ what: String) throws(PolicyError) -> Amount {
        guard let word, let amount = Self.amount(word) else { throw failure(what) }
        advance()
        return amount
    }

    private mutating func keys() throws(PolicyError) -> [Key] {
        var keys: [Key] = []
        repeat {
            guard let word else { throw failure("an attribute such as ip or api_key") }
            let key = try key(word)
            if keys.contains(where: { $0.attribute == key.attribute }) {
                throw PolicyError(at: position, "expected each attribute once, found \"\(word)\" again")
            }
            keys.append(key)
            advance()
        } while takeComma()
        return keys
    }

    private func key(_ word: String) throws(PolicyError) -> Key {
        guard word.hasPrefix("ip/") else { return .attribute(try attribute(word)) }
        let parts = word.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, let ipv4 = Int(parts[1]), let ipv6 = Int(parts[2]), (0...32).contains(ipv4),
            (0...128).contains(ipv6)
        else { throw failure("prefixes for IPv4 and IPv6", suggestion: "ip/24/48") }
        return .prefix(ipv4: ipv4, ipv6: ipv6)
    }

    private mutating func counting() throws(PolicyError) -> Clause.Counting {
        let words = ["calls", "units", "bytes_in", "bytes_out", "answers"]
        guard let word else { throw failure("what is counted (\(words.joined(separator: ", ")))") }
        let counting: Clause.Counting
        switch word {
        case "calls": counting = .calls
        case "units": counting = .units
        case "bytes_in": counting = .bytesIn
        case "bytes_out": counting = .bytesOut
        case "answers":
            advance()
            return .answers(try statuses())
        default:
            throw failure(
                "what is counted (\(words.joined(separator: ", ")))",
                suggestion: Suggestion.nearest(to: word, among: words))
        }
        advance()
        return counting
    }

    private mutating func statuses() throws(PolicyError) -> [String] {
        guard let word else { throw failure("statuses such as 401|403 or 5xx") }
        let statuses = word.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        for status in statuses {
            let isClass = status.hasSuffix("xx") && status.count == 3
            guard let first = status.first, ("1"..."5").contains(first),
                isClass || (status.utf8.count == 3 && status.utf8.allSatisfy(\.isDigit))
            else { throw failure("statuses such as 401|403 or 5xx") }
        }
        advance()
        return statuses
    }

    private mutating func prices() throws(PolicyError) -> [Price] {
        var prices: [Price] = []
        repeat {
            let tokens = try integer("a cost", in: 0...1_000_000_000)
            if word == "when" { throw failure("\"if\" after a cost: \"when\" belongs to the rule", suggestion: "if") }
            prices.append(Price(tokens, if: take("if") ? try conditions() : []))
        } while takeComma()
        if let last = prices.dropLast().firstIndex(where: { $0.conditions.isEmpty }) {
            throw PolicyError(
                at: position, "expected no cost after \"\(prices[last])\", which always matches",
                suggestion: "it as the last one")
        }
        return prices
    }

    private mutating func spans() throws(PolicyError) -> [Span] {
        var spans: [Span] = []
        repeat { spans.append(try span()) } while takeComma()
        return spans
    }

    private mutating func span() throws(PolicyError) -> Span {
        let expected = "days and times such as mon-fri 09:00-18:00"
        guard let word else { throw failure(expected) }
        var days: (Weekday, Weekday)?
        let parts = word.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        if let first = Weekday(short: parts[0]) {
            guard parts.count <= 2, let last = Weekday(short: parts[parts.count - 1]) else { throw failure(expected) }
            days = (first, last)
            advance()
        }
        var times: (Int, Int)?
        if let word = self.word, word.first?.isNumber == true {
            let parts = word.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let start = Self.minutes(parts[0]), let end = Self.minutes(parts[1]), start != end
            else { throw failure("times such as 09:00-18:00") }
            times = (start, end)
            advance()
        }
        guard days != nil || times != nil else { throw failure(expected) }
        return Span(days: days, times: times)
    }

    /// Minutes since midnight of `HH:MM`.
    private static func minutes(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == 2, parts[1].count == 2, let hour = Int(parts[0]),
            let minute = Int(parts[1]), (0...23).contains(hour), (0...59).contains(minute)
        else { return nil }
        return hour * 60 + minute
    }

    private mutating func zone() throws(PolicyError) -> String {
        guard let word, word.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "/_+-".contains($0)) }) else {
            throw failure("a time zone such as Europe/Berlin")
        }
        advance()
        return word
    }

    private mutating func anchor() throws(PolicyError) -> Anchor {
        let expected = "a day (15), a weekday (monday), a date (04-06), a time (06:00) or signup"
        guard let word else { throw failure(expected) }
        let anchor: Anchor
        let date = word.split(separator: "-", omittingEmptySubsequences: false)
        if word == "signup" {
            anchor = .signup
        } else if let day = Weekday(rawValue: word) ?? Weekday(short: word) {
            anchor = .weekday(day)
        } else if let minutes = Self.minutes(word) {
            anchor = .time(hour: minutes / 60, minute: minutes % 60)
        } else if let day = Int(word), (1...31).contains(day) {
            anchor = .day(day)
        } else if date.count == 2, date.allSatisfy({ $0.count == 2 }), let month = Int(date[0]), let day = Int(date[1]),
            (1...12).contains(month), (1...[31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]).contains(day)
        {
            anchor = .monthDay(month: month, day: day)
        } else {
            throw failure(expected, suggestion: Suggestion.nearest(to: word, among: Weekday.allCases.map(\.rawValue)))
        }
        advance()
        return anchor
    }

    private mutating func hold() throws(PolicyError) -> Clause {
        guard let word else { throw failure("a duration such as 60s") }
        let digits = word.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits), count > 0, count <= 1_000_000,
            let unit = LimitKind.BucketUnit(rawValue: String(word.dropFirst(digits.count)))
        else { throw failure("a duration such as 60s") }
        advance()
        return .hold(count, unit)
    }

    private mutating func enforce() throws(PolicyError) -> Clause {
        guard let word, word.hasSuffix("%"), let percent = Int(word.dropLast()), (0...100).contains(percent) else {
            throw failure("a share from 0% to 100%", suggestion: word.flatMap { Int($0) }.map { "enforce \($0)%" })
        }
        advance()
        return .enforce(percent: percent)
    }

    private mutating func outage() throws(PolicyError) -> OutagePolicy {
        guard let word, let outage = OutagePolicy(rawValue: word) else { throw failure("deny, local or allow") }
        advance()
        guard take("on"), take("outage") else {
            throw failure("\"on outage\"", suggestion: "else \(outage.rawValue) on outage")
        }
        return outage
    }

    private mutating func change() throws(PolicyError) -> ChangePolicy {
        guard take("change") else { throw failure("\"change\"", suggestion: "on change reset") }
        guard let word, let change = ChangePolicy(rawValue: word) else { throw failure("keep, reset or proportional") }
        advance()
        return change
    }

    private mutating func requiredCode() throws(PolicyError) -> Int {
        guard let code = try code() else { throw failure("an HTTP status from 400 to 599") }
        return code
    }

    /// An HTTP status when the word is a number; denials are errors to the client.
    mutating func code() throws(PolicyError) -> Int? {
        guard let word, word.first?.isNumber == true else { return nil }
        guard let code = Int(word), (400...599).contains(code) else {
            throw failure("an HTTP status from 400 to 599")
        }
        advance()
        return code
    }
}
