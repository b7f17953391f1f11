/// Reads the lines of a plan, each on its own, so that all errors are found at once; then `PlanTerms` looks at them together.
struct PlanParser {
    private let lexer: PlanLexer
    private var errors: [PlanError]
    private var currency: Currency?

    init(_ lexer: PlanLexer) {
        self.lexer = lexer
        errors = lexer.errors
    }

    /// What lines begin with, and the whole of one of each.
    static let keywords: [(keyword: String, example: String)] = [
        ("plan", "plan starter"), ("of", "of weather"), ("mode", "mode package"), ("currency", "currency USD"),
        ("fee", "fee 5.00"),
        ("period", "period month from 1 in Asia/Shanghai"), ("expires", "expires 90 days"), ("trial", "trial 14 days"),
        ("grant", "grant 1000 calls"), ("when", "when used up: deny"), ("price", "price calls per unit 0.01"),
        ("unreported", "unreported bill"), ("on", "on outage deny"), ("overdue", "overdue grace 3 days"),
        ("credit", "credit limit 100.00"), ("rules:", "rules:"),
    ]
    private static let repeatable: Set<String> = ["grant", "when", "price"]

    mutating func draft() throws(PlanErrors) -> PlanDraft {
        var terms = PlanTerms()
        let known = Set(Self.keywords.map(\.keyword))
        var lines: [String: PlanLine] = [:]
        // Amounts are of the currency, wherever its line stands.
        for line in lexer.lines where line.keyword == "currency" && currency == nil { currency = readCurrency(line) }
        for line in lexer.lines {
            guard known.contains(line.keyword) else {
                errors.append(Self.unknown(line))
                continue
            }
            if !Self.repeatable.contains(line.keyword), let first = lines[line.keyword] {
                errors.append(
                    PlanError(
                        at: line.position,
                        "expected one line \"\(line.keyword)\", found another; the first is line \(first.position.line)"
                    ))
                continue
            }
            lines[line.keyword] = line
            read(line, into: &terms)
        }
        terms.currency = currency
        var check = PlanTermsCheck(terms, lines)
        let plan = check.plan(lexer.rules?.text ?? "")
        errors += check.errors
        guard errors.isEmpty, let plan else { throw PlanErrors(errors) }
        return PlanDraft(
            plan: plan, rules: lexer.rules, products: terms.products ?? [], meters: terms.meters, zones: terms.zones)
    }

    private static func unknown(_ line: PlanLine) -> PlanError {
        let names = keywords.map(\.keyword)
        let nearest = NearestWord.of(line.keyword, among: names)
        return PlanError(
            at: line.position,
            "expected a line that begins with \(names.dropLast().joined(separator: ", ")) or rules:, found \(BillingError.quoted(line.keyword))",
            suggestion: nearest.flatMap { name in keywords.first { $0.keyword == name }?.example })
    }

    private mutating func readCurrency(_ line: PlanLine) -> Currency? {
        guard line.words.count > 1 else { return nil }
        do throws(BillingError) {
            return try Currency(line.words[1].text)
        } catch {
            errors.append(PlanError(at: line.words[1].position, error))
            return nil
        }
    }

    private mutating func read(_ line: PlanLine, into terms: inout PlanTerms) {
        guard let fallback = currency ?? (try? Currency("USD")) else { return }
        var words = PlanWords(line, fallback)
        do throws(PlanError) {
            guard !words.isAtEnd else {
                let example = Self.keywords.first { $0.keyword == line.keyword }?.example
                throw words.unexpected("more", suggestion: example)
            }
            try terms.read(line, &words)
            guard words.isAtEnd else { throw words.unexpected("the end of the line") }
        } catch {
            errors.append(error)
            terms.broken.insert(line.keyword)
        }
    }
}
