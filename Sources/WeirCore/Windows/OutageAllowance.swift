/// What a plan allows while no collector is there and what its windows hold is used up.
enum OutageAllowance: Equatable {
    case deny
    /// Calls pass, and are not billed.
    case open
    /// Each agent lets so many units of a meter through.
    case units(Int64, meter: String)
    /// Each agent lets through what so many nano-units pay.
    case money(Int64)

    /// Reads `deny`, `open`, `overdraft 100 calls` or `overdraft 2.50 USD`; anything else denies.
    init(_ text: String) {
        let words = text.split(separator: " ")
        self = .deny
        if words == ["open"] { self = .open }
        guard words.count == 3, words[0] == "overdraft" else { return }
        if let nano = Self.nano(words[1]), Self.isCurrency(words[2]) {
            self = .money(nano)
        } else if let units = Int64(words[1]), units > 0 {
            self = .units(units, meter: String(words[2]))
        }
    }

    /// Currencies are three capitals, as no meter of a plan is that is not one of them.
    private static func isCurrency(_ word: Substring) -> Bool {
        word.utf8.count == 3 && word.utf8.allSatisfy { (0x41...0x5a).contains($0) }
    }

    private static func nano(_ figure: Substring) -> Int64? {
        let parts = figure.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = Int64(parts[0]), (0...1_000_000_000).contains(whole) else { return nil }
        guard parts.count == 2 else { return whole * 1_000_000_000 }
        guard (1...9).contains(parts[1].utf8.count), let part = Int64(parts[1]), part >= 0 else { return nil }
        return whole * 1_000_000_000 + (0..<9 - parts[1].utf8.count).reduce(part) { part, _ in part * 10 }
    }

    /// Base units that may be drawn beyond a grant for a meter.
    func overdraft(of grant: GrantRecord, meter: String, _ terms: DrawTerms) -> Int64 {
        switch self {
        case .deny, .open: 0
        case .units(let units, let of): of == meter ? terms.cost(of: UInt64(units)) : 0
        case .money(let nano): grant.isMoney ? min(nano, CreditWindow.maximum) : 0
        }
    }
}
