/// Limits and their clauses.
extension PolicyParser {
    mutating func limit() throws(PolicyError) -> LimitStatement {
        let kind = try limitKind()
        var clauses: [Clause] = []
        while !isAtEnd {
            let start = position
            let clause = try clause(after: clauses.last)
            if clauses.contains(where: { $0.word == clause.word }) {
                throw PolicyError(at: start, "expected \"\(clause.word)\" once, found it twice")
            }
            let modes = ["shadow", "enforce"]
            if modes.contains(clause.word), clauses.contains(where: { modes.contains($0.word) }) {
                throw PolicyError(
                    at: start, "expected either \"shadow\" or \"enforce\", found both", suggestion: "\(clause) alone")
            }
            if case .burst = clause, case .bucket = kind {
            } else if case .burst = clause {
                throw PolicyError(
                    at: start, "expected \"burst\" only on a bucket such as 100/s, not on \"\(kind)\"")
            }
            if case .hold = clause, case .slots = kind {
            } else if case .hold = clause {
                throw PolicyError(
                    at: start, "expected \"hold\" only on slots such as 10 concurrent, not on \"\(kind)\"")
            }
            if case .slots = kind, ["cost", "counting"].contains(clause.word) {
                throw PolicyError(
                    at: start,
                    "expected no \"\(clause.word)\" on \"\(kind)\": a request takes one slot, whatever it costs")
            }
            if case .change(let change) = clause, change != .keep, case .slots = kind {
                throw PolicyError(
                    at: start, "expected \"on change keep\" on \"\(kind)\": a slot in use stays in use")
            }
            clauses.append(clause)
        }
        try checkBytes(kind, clauses)
        return LimitStatement(kind: kind, clauses: clauses)
    }

    /// Byte amounts need `counting bytes_…`: `5GB/day` of calls is a slip.
    private func checkBytes(_ kind: LimitKind, _ clauses: [Clause]) throws(PolicyError) {
        var amounts: [Amount]
        switch kind {
        case .bucket(let given, _, _), .window(let given, _, _, _): amounts = [given]
        case .slots: return
        }
        for case .burst(let burst) in clauses { amounts.append(burst) }
        let countsBytes = clauses.contains { $0 == .counting(.bytesIn) || $0 == .counting(.bytesOut) }
        if let amount = amounts.first(where: \.suffix.isBytes), !countsBytes {
            throw PolicyError(
                at: position, "expected \"counting bytes_in\" or \"counting bytes_out\" with the amount \(amount)",
                suggestion: "counting bytes_out")
        }
    }

    private mutating func limitKind() throws(PolicyError) -> LimitKind {
        if take("quota") { return try amountPerTime(isQuota: true) }
        let start = position
        if let word, let count = Int64(word) {
            let after = wordAfter
            if after == "concurrent" {
                advance()
                advance()
                guard count > 0 else { throw PolicyError(at: start, "expected at least 1 slot, found \"\(word)\"") }
                return .slots(count)
            }
            advance()
            throw failure("\"/\" and a unit, or \"concurrent\"", suggestion: Self.joined(word, after))
        }
        return try amountPerTime(isQuota: false)
    }

    /// `100 / s` or `100 per second` is one word in this grammar.
    private static func joined(_ count: String, _ after: String?) -> String? {
        switch after {
        case "per", "/": "\(count)/s"
        case let word? where word.hasPrefix("/"): count + word
        case let word?: Suggestion.nearest(to: word, among: ["concurrent"]).map { "\(count) \($0)" }
        case nil: "\(count)/s"
        }
    }

    /// `5/15min`, `10k/month`; after `quota` also `60/h`.
    private mutating func amountPerTime(isQuota: Bool) throws(PolicyError) -> LimitKind {
        guard let word else { throw failure("an amount such as 200/s") }
        let parts = word.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { throw failure("an amount such as 200/s") }
        if parts[0].contains(".") {
            throw failure("a whole number before \"/\"", suggestion: Self.fraction(parts[0], parts[1]))
        }
        guard let amount = Self.amount(parts[0]), amount.value > 0 else {
            throw failure("an amount from 1 such as 200, 10k or 5GB before \"/\"")
        }
        let digits = parts[1].prefix { $0.isASCII && $0.isNumber }
        let unit = String(parts[1].dropFirst(digits.count))
        guard let count = digits.isEmpty ? 1 : Int64(digits), count > 0, count <= 1_000_000 else {
            throw failure("a count from 1 to 1000000 before the unit")
        }
        if isQuota {
            guard let window = LimitKind.WindowUnit(rawValue: unit) else {
                throw failure(
                    "a unit of a window (min, h, day, week, month, quarter or year) after \"/\"",
                    suggestion: Self.unitMeant(by: unit).map { "quota \(parts[0])/\(digits)\($0)" })
            }
            try checkWindow(count, window)
            advance()
            return .window(amount, count: count, window, isQuota: true)
        }
        if let bucket = LimitKind.BucketUnit(rawValue: unit) {
            advance()
            return .bucket(amount, count: count, bucket)
        }
        if let window = LimitKind.WindowUnit(rawValue: unit) {
            try checkWindow(count, window)
            advance()
            return .window(amount, count: count, window, isQuota: false)
        }
        throw failure(
            "a unit (ms, s, min or h; day, week, month, quarter or year) after \"/\"",
            suggestion: Self.suggestion(amount: parts[0], count: String(digits), unit: unit))
    }

    /// Windows of several minutes or hours must fit the hour or the day, so that they line up with the clock.
    private func checkWindow(_ count: Int64, _ unit: LimitKind.WindowUnit) throws(PolicyError) {
        switch unit {
        case .min where 60 % count != 0: throw failure("a number of minutes that divides an hour")
        case .h where 24 % count != 0: throw failure("a number of hours that divides a day")
        case .min, .h: break
        default: if count != 1 { throw failure("one \(unit.rawValue), not several") }
        }
    }

    /// A number with its size, such as `10k`.
    static func amount(_ text: String) -> Amount? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), let suffix = Amount.Suffix(rawValue: String(text.dropFirst(digits.count)))
        else { return nil }
        return Amount(number, suffix)
    }

    // MARK: What was meant

    /// The unit that a common other spelling stands for.
    private static func unitMeant(by unit: String) -> String? {
        switch unit.lowercased() {
        case "sec", "secs", "second", "seconds": "s"
        case "m", "mins", "minute", "minutes": "min"
        case "hr", "hrs", "hour", "hours": "h"
        case "d", "days": "day"
        case "w", "weeks": "week"
        case "mo", "mon", "months": "month"
        case "quarters", "q": "quarter"
        case "y", "yr", "years": "year"
        case "msec", "millisecond", "milliseconds": "ms"
        default:
            Suggestion.nearest(
                to: unit, among: ["min", "day", "week", "month", "quarter", "year", "minute", "hour", "second"]
            ).flatMap { ["minute": "min", "hour": "h", "second": "s"][$0] ?? $0 }
        }
    }

    private static func suggestion(amount: String, count: String, unit: String) -> String? {
        guard let meant = unitMeant(by: unit) else { return nil }
        let bucket = "\(amount)/\(count)\(meant)"
        return meant == "min" || meant == "h" ? "\(bucket) (steady) or quota \(bucket) (by the clock)" : bucket
    }

    /// `0.5/s` is `1/2s`.
    private static func fraction(_ amount: String, _ time: String) -> String? {
        let parts = amount.split(separator: ".", omittingEmptySubsequences: false)
        let digits = time.prefix { $0.isASCII && $0.isNumber }
        let unit = time.dropFirst(digits.count)
        // Digits only: a sign may be part of the word.
        guard parts.count == 2, parts.joined().utf8.allSatisfy(\.isDigit), parts[1].count <= 6,
            let whole = Int64(parts[0].isEmpty ? "0" : parts[0]), whole < 1_000_000_000, let part = Int64(parts[1]),
            let count = digits.isEmpty ? 1 : Int64(digits), (1...1_000_000).contains(count)
        else { return nil }
        var scale: Int64 = 1
        for _ in parts[1] { scale *= 10 }
        let numerator = whole * scale + part
        guard numerator > 0 else { return nil }
        let shared = greatestCommonDivisor(numerator, scale * count)
        let per = scale * count / shared
        return "\(numerator / shared)/\(per == 1 ? "" : "\(per)")\(unit)"
    }
}
