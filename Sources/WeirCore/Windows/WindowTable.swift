/// The credit windows of this run of the agent, by grant; and of each subscription in which order they are drawn on.
///
/// A window is never forgotten while the agent runs: what it has spent is known nowhere else for certain. Where there is no room for
/// another, checks that need it are denied (`overload`). Lists change when the policy document does, away from checks that find theirs.
package struct WindowTable: ~Copyable {
    /// One grant.
    struct Entry: Sendable {
        let grant: RecordID
        var window = CreditWindow()
        /// The grant's own start and end, in seconds since 1970.
        var from: Int64
        var until: Int64
        /// The window that it follows: of the same subscription and unit, which ends when it starts; -1 for none.
        var follows: Int32 = -1
        /// The cost of the first check that waits; 0 where none does.
        var need: Int64 = 0
        /// What the last call needed, and the least of what was refused since there was something: less may be there all the same.
        var asked: Int64 = 0
        var refused = Int64.max
        /// What was drawn beyond the window while no collector was there, and was not settled since.
        var overdrawn: Int64 = 0
        /// Whether the policy document says that all of it is used.
        var isUsedUp = false
        /// Whether its base units are nano-units of a currency.
        var isMoney = false
        /// Whether it is listed to be looked at.
        var isListed = false
    }

    /// What a subscription's calls are paid by: for each meter a part, each with its sources in their order.
    struct Account: Sendable {
        var parts: [DrawPart] = []
        var sources: [DrawSource] = []
        /// Of which edition of the book, and of which period: another one may have another plan.
        var edition: UInt32 = 0
        var period: UInt32 = 0
    }

    /// Windows that there can be.
    package let maximum: Int
    var entries: [Entry] = []
    var places: [RecordID: Int32] = [:]
    private(set) var accounts: [Account] = []
    private var accountPlaces: [RecordID: Int32] = [:]
    private(set) var terms: [DrawTerms] = []
    private(set) var tags: [DrawTag] = []
    /// The codes of meters that tags name, in UTF-8.
    private(set) var codes: [UInt8] = []
    private var tagNumbers: [Hash128: Int32] = [:]
    var listed: [Int32] = []
    /// Grants that have not started, each once.
    var coming: [Int32] = []
    /// What the running check draws.
    var draws = FixedArray<CreditDraw>(count: CreditDraw.maximum, repeating: CreditDraw())
    /// Whether the last exchange failed; and since when the collector owes an answer, `Int64.max` while it owes none.
    var isAlone = false
    var askedAt = Int64.max
    /// Whether a check waits for a call that was not made yet.
    package var isUrgent = false
    /// Whether any check waits.
    package var isAwaited = false
    /// Where the sweep goes on.
    var hand = 0
    package internal(set) var counters = WindowCounters()

    /// The key of cells' hashes, which all agents of the fleet share.
    private let seed: Hash128

    package init(maximum: Int, namespace: Hash128) {
        self.maximum = maximum
        seed = Hash128(deriving: "grant", under: namespace)
    }

    package var count: Int { entries.count }

    /// Whether any subscription is paid for.
    var isUsed: Bool { !accounts.isEmpty }

    // MARK: Accounts

    /// The place of a subscription's account, where it is of this edition of the book and of this period.
    func account(of subscription: RecordID, in edition: UInt32, period: UInt32) -> Int32? {
        guard let place = accountPlaces[subscription], accounts[Int(place)].edition == edition,
            accounts[Int(place)].period == period
        else { return nil }
        return place
    }

    /// The place of a subscription's account, made or renewed for an edition of the book.
    ///
    /// - Parameter meters: what its plan asks for, at most `CreditDraw.maximum`.
    mutating func account(
        of subscription: RecordID, edition: UInt32, period: UInt32, paying meters: [PaidMeter]
    ) -> Int32 {
        let place = accountPlaces[subscription] ?? Int32(accounts.count)
        if place == accounts.count { accounts.append(Account()) }
        accountPlaces[subscription] = place
        var account = Account(edition: edition, period: period)
        for meter in meters {
            let first = Int32(account.sources.count)
            for source in meter.sources where source.grant.state != .closed {
                guard let entry = entry(source.grant) else { continue }
                let code = source.grant.isMoney ? meter.code : ""
                if source.grant.from > 0 {
                    let before = account.sources[Int(first)...].last {
                        entries[Int($0.place)].until == source.grant.from
                    }
                    entries[Int(entry)].follows = before?.place ?? -1
                }
                account.sources.append(
                    DrawSource(
                        place: entry, terms: number(of: source.terms), tag: tag(source.grant.id, code),
                        overdraft: source.overdraft))
            }
            account.parts.append(
                DrawPart(
                    terms: number(of: meter.terms), first: first, end: Int32(account.sources.count),
                    invoice: meter.isInvoiced ? tag(nil, meter.code) : -1, isOpen: meter.isOpen))
        }
        accounts[Int(place)] = account
        return place
    }

    private mutating func entry(_ grant: GrantRecord) -> Int32? {
        let until = grant.until ?? .max
        if let known = places[grant.id] {
            // A grant that was credited again ends later, and has more.
            let isPaidIn = entries[Int(known)].until < until || grant.state == .open
            (entries[Int(known)].from, entries[Int(known)].until) = (grant.from, until)
            entries[Int(known)].isUsedUp = grant.state == .empty
            if isPaidIn, entries[Int(known)].window.standing == .empty { entries[Int(known)].window.wake() }
            return known
        }
        guard entries.count < maximum else {
            counters.refused &+= 1
            return nil
        }
        entries.append(
            Entry(
                grant: grant.id, from: grant.from, until: until, isUsedUp: grant.state == .empty,
                isMoney: grant.isMoney))
        let place = Int32(entries.count - 1)
        if listed.capacity < entries.count { listed.reserveCapacity(entries.count * 2) }
        places[grant.id] = place
        if grant.from > 0 { coming.append(place) }
        return place
    }

    private mutating func number(of wanted: DrawTerms) -> Int32 {
        if let known = terms.firstIndex(of: wanted) { return Int32(known) }
        terms.append(wanted)
        return Int32(terms.count - 1)
    }

    private mutating func tag(_ grant: RecordID?, _ code: String) -> Int32 {
        let bytes = Array(code.utf8.prefix(DrawTag.maximumCode))
        let digest = DrawTag.digest(grant, bytes, seed: seed)
        if let known = tagNumbers[digest] { return known }
        tags.append(
            DrawTag(grant: grant, codeStart: Int32(codes.count), codeCount: Int32(bytes.count), digest: digest))
        codes += bytes
        tagNumbers[digest] = Int32(tags.count - 1)
        return Int32(tags.count - 1)
    }

    // MARK: What a check reads

    func partCount(_ account: Int) -> Int { accounts[account].parts.count }
    func terms(_ account: Int, part: Int) -> Int { Int(accounts[account].parts[part].terms) }
    func measure(_ terms: Int) -> DrawTerms.Measure { self.terms[terms].measure }
    func conditionCount(_ terms: Int) -> Int { self.terms[terms].conditions.count }
    func condition(_ terms: Int, _ index: Int) -> DrawTerms.Condition { self.terms[terms].conditions[index] }

    // MARK: What is explained

    /// The sources of a meter, in their order.
    func sources(_ account: Int, part: Int) -> [DrawSource] {
        let part = accounts[account].parts[part]
        return Array(accounts[account].sources[Int(part.first)..<Int(part.end)])
    }

    func cost(of units: UInt64, _ source: DrawSource) -> Int64 { terms[Int(source.terms)].cost(of: units) }
}
