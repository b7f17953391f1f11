/// The credit windows of this run of the agent, by grant; and of each subscription in which order they are drawn on.
///
/// A window is never forgotten while the agent runs: what it has spent is known nowhere else for certain. Where there is no room for
/// another, checks that need it are denied (`overload`). Lists change when the policy document does, away from checks that find theirs.
package struct WindowTable: ~Copyable {
    /// One grant.
    struct Entry: Sendable {
        let grant: RecordID
        /// What of a cell's key says that this grant pays.
        let digest: Hash128
        var window = CreditWindow()
        /// At what it is drawn, in `terms`.
        var terms: Int
        /// The grant's own end, in seconds since 1970.
        var until: Int64
        /// The cost of the first check that waits; 0 where none does.
        var need: Int64 = 0
        /// What the last call needed, and the least of what was refused since there was something: less may be there all the same.
        var asked: Int64 = 0
        var refused = Int64.max
        /// Whether its base units are nano-units of a currency.
        var isMoney = false
        /// Whether it is listed to be looked at.
        var isListed = false
    }

    /// Grants of one subscription, in the order in which they are drawn on.
    struct Account: Sendable {
        var entries: [Int32] = []
        /// Of which edition of the book.
        var edition: UInt32 = 0
    }

    /// Windows that there can be.
    package let maximum: Int
    private(set) var entries: [Entry] = []
    private var places: [RecordID: Int32] = [:]
    private(set) var accounts: [Account] = []
    private var accountPlaces: [RecordID: Int32] = [:]
    private(set) var terms: [DrawTerms] = []
    private var listed: [Int32] = []
    /// Whether a check waits for a call that was not made yet.
    package private(set) var isUrgent = false
    /// Whether any check waits.
    package private(set) var isAwaited = false
    /// Where the sweep goes on.
    private var hand = 0
    package internal(set) var counters = WindowCounters()

    /// The key of cells' hashes, which all agents of the fleet share.
    private let seed: Hash128

    package init(maximum: Int, namespace: Hash128) {
        self.maximum = maximum
        seed = Hash128(deriving: "grant", under: namespace)
    }

    package var count: Int { entries.count }

    // MARK: Lists

    /// The place of a subscription's list, made or renewed for an edition of the book.
    ///
    /// - Parameter grants: its grants in the order in which they are drawn on, each with its terms.
    mutating func account(
        of subscription: RecordID, edition: UInt32, grants: () -> [(grant: GrantRecord, terms: DrawTerms)]
    ) -> Int32 {
        let place: Int32
        if let known = accountPlaces[subscription] {
            place = known
            if accounts[Int(place)].edition == edition { return place }
        } else {
            place = Int32(accounts.count)
            accounts.append(Account())
            accountPlaces[subscription] = place
        }
        var list: [Int32] = []
        for (grant, terms) in grants() where grant.state != .closed {
            guard let entry = self.entry(grant, number(of: terms)) else { continue }
            list.append(entry)
        }
        accounts[Int(place)] = Account(entries: list, edition: edition)
        return place
    }

    private mutating func entry(_ grant: GrantRecord, _ terms: Int) -> Int32? {
        let until = grant.until ?? .max
        if let known = places[grant.id] {
            entries[Int(known)].terms = terms
            // A grant that was credited again ends later, and has more.
            let isPaidIn = entries[Int(known)].until < until || grant.state == .open
            entries[Int(known)].until = until
            if isPaidIn, entries[Int(known)].window.standing == .empty { entries[Int(known)].window.wake() }
            return known
        }
        guard entries.count < maximum else {
            counters.refused &+= 1
            return nil
        }
        var digest = SipHash128(key: seed)
        digest.append(grant.id.bits.low)
        digest.append(grant.id.bits.high)
        entries.append(
            Entry(
                grant: grant.id, digest: digest.finish(), terms: terms, until: until,
                isMoney: grant.unit.hasPrefix("money:")))
        let place = Int32(entries.count - 1)
        if listed.capacity < entries.count { listed.reserveCapacity(entries.count * 2) }
        places[grant.id] = place
        return place
    }

    private mutating func number(of wanted: DrawTerms) -> Int {
        if let known = terms.firstIndex(of: wanted) { return known }
        terms.append(wanted)
        return terms.count - 1
    }

    // MARK: What a check reads

    func drawCount(_ account: Int) -> Int { accounts[account].entries.count }
    func draw(_ account: Int, _ index: Int) -> Int { Int(accounts[account].entries[index]) }
    func termsNumber(_ place: Int) -> Int { entries[place].terms }
    func measure(_ terms: Int) -> DrawTerms.Measure { self.terms[terms].measure }
    func cost(of units: UInt64, _ terms: Int) -> Int64 { self.terms[terms].cost(of: units) }
    func needsReport(_ terms: Int) -> Bool { self.terms[terms].needsReport }
    func conditionCount(_ terms: Int) -> Int { self.terms[terms].conditions.count }
    func condition(_ terms: Int, _ index: Int) -> DrawTerms.Condition { self.terms[terms].conditions[index] }
    func grant(_ place: Int) -> RecordID { entries[place].grant }
    func digest(_ place: Int) -> Hash128 { entries[place].digest }

    // MARK: Checks

    /// What one window says to a cost.
    enum Finding { case held, waits, used }

    /// Whether a window has room for a cost, may get some, or is used up.
    ///
    /// - Parameter isEstimate: whether what is left may be less: it is all taken then, and the end of the response tells.
    mutating func look(
        _ place: Int, cost: inout Int64, isEstimate: Bool, now: Int64, seconds: Int64
    ) -> Finding {
        guard seconds < entries[place].until else { return .used }
        entries[place].window.want(cost, now: now)
        let room = entries[place].window.room(now)
        if room >= cost { return .held }
        switch entries[place].window.standing {
        case .open:
            // Where the collector was just asked, what it gave is all that there is for now.
            guard isEstimate, room > 0, !entries[place].window.mayAsk(now) else { return .waits }
            cost = room
            return .held
        case .closed:
            // The document sells it, so that the collector may have been told by mistake that this run is over. It is asked now and then.
            guard entries[place].window.isDisputed || entries[place].window.mayAsk(now) else { return .used }
            entries[place].window.dispute()
            return .waits
        case .empty:
            guard cost >= entries[place].refused else {
                // A call that costs more was refused, which says nothing of this one.
                entries[place].window.wake()
                return .waits
            }
            // Others may have given something back since: asked once in a while, and nobody waits for it.
            if entries[place].window.mayAsk(now) {
                entries[place].need = max(1, min(cost, entries[place].need == 0 ? cost : entries[place].need))
                list(place)
            }
            guard isEstimate, room > 0 else { return .used }
            cost = room
            return .held
        }
    }

    /// Takes what `look` has found to be there.
    ///
    /// - Parameter isReserve: whether the report will tell what it costs.
    mutating func take(_ place: Int, cost: Int64, isReserve: Bool) {
        entries[place].window.take(cost)
        if !isReserve { entries[place].window.settle(reserved: cost, actual: cost) }
        counters.drawn &+= 1
        list(place)
    }

    /// Settles what was reserved by what the response was.
    ///
    /// - Returns: units that it counts for; none where it is not billed.
    mutating func settle(_ charge: OpenCharge, _ response: ResponseFacts, reservedUnits: UInt64) -> UInt64? {
        guard let known = places[RecordID(bits: charge.key)] else { return nil }
        let place = Int(known)
        let terms = terms[entries[place].terms]
        let units = terms.units(of: response, reserved: reservedUnits)
        entries[place].window.settle(reserved: charge.tokens, actual: terms.cost(of: units))
        list(place)
        return units
    }

    /// What was reserved is what it cost.
    mutating func keep(_ charge: OpenCharge) {
        guard let place = places[RecordID(bits: charge.key)] else { return }
        entries[Int(place)].window.settle(reserved: charge.tokens, actual: charge.tokens)
        list(Int(place))
    }

    /// Notes that a check waits.
    mutating func park(_ place: Int, need: Int64) {
        if entries[place].need == 0 { entries[place].need = need }
        (isUrgent, isAwaited) = (true, true)
        list(place)
    }

    /// Asks for a check that does not wait, so that the next one finds something.
    mutating func wish(_ place: Int, need: Int64) {
        if entries[place].need == 0 { entries[place].need = need }
        list(place)
    }

    /// Has a window looked at.
    mutating func list(_ place: Int) {
        guard !entries[place].isListed else { return }
        entries[place].isListed = true
        listed.append(Int32(place))
    }

    /// Forgets who waits, as those that wait are asked again.
    package mutating func unparkAll() {
        guard isAwaited else { return }
        for place in listed { entries[Int(place)].need = 0 }
        isAwaited = false
    }

    // MARK: Calls

    /// Takes what is to be said of windows that were used since the last time.
    package mutating func takeCalls(
        atMost maximum: Int, now: Int64, into windows: inout [ExchangeQuestion.Window]
    ) {
        isUrgent = false
        var kept = 0
        for index in listed.indices {
            let place = Int(listed[index])
            if windows.count < maximum, !mustStay(place, now: now, into: &windows) {
                entries[place].isListed = false
                continue
            }
            listed[kept] = Int32(place)
            kept += 1
        }
        // The room stays: a check that lists a window allocates nothing.
        listed.removeLast(listed.count - kept)
    }

    /// Says what a listed window has to say, and whether it is to be looked at again: where somebody still waits.
    private mutating func mustStay(
        _ place: Int, now: Int64, into windows: inout [ExchangeQuestion.Window]
    ) -> Bool {
        call(place, now: now, into: &windows)
        let window = entries[place].window
        if window.standing == .empty || window.standing == .closed && !window.isDisputed { entries[place].need = 0 }
        return entries[place].need > 0
    }

    /// Looks at the next windows: those that are to be kept, given back or asked about again.
    package mutating func sweep(
        _ count: Int, atMost maximum: Int, now: Int64, into windows: inout [ExchangeQuestion.Window]
    ) {
        for _ in 0..<min(count, entries.count) where windows.count < maximum {
            if hand >= entries.count { hand = 0 }
            if !entries[hand].isListed { call(hand, now: now, into: &windows) }
            hand += 1
        }
    }

    private mutating func call(_ place: Int, now: Int64, into windows: inout [ExchangeQuestion.Window]) {
        guard let call = entries[place].window.call(need: entries[place].need, now: now) else { return }
        counters.calls &+= 1
        if call.want > 0 { entries[place].asked = max(1, call.need) }
        windows.append(ExchangeQuestion.Window(grant: entries[place].grant, call: call))
    }

    /// Takes what a collector says of a window.
    package mutating func take(_ answer: ExchangeAnswer.Window, now: Int64) {
        guard let place = places[answer.grant] else { return }
        let (before, wasClosed) = (entries[Int(place)].window.granted, entries[Int(place)].window.standing == .closed)
        entries[Int(place)].window.take(answer.reply, now: now)
        if wasClosed, entries[Int(place)].window.standing != .closed { counters.revived &+= 1 }
        let isEmpty = entries[Int(place)].window.standing == .empty
        entries[Int(place)].refused = isEmpty ? min(entries[Int(place)].refused, entries[Int(place)].asked) : .max
        counters.granted &+= UInt64(max(0, entries[Int(place)].window.granted &- before))
        list(Int(place))
    }

    /// Another agent waits for what a window does not use.
    package mutating func recall(_ grant: RecordID) {
        guard let place = places[grant] else { return }
        entries[Int(place)].window.recall()
        list(Int(place))
        isUrgent = true
    }

    /// The agent stops: what was not spent goes back. The windows are over when the usage of this run has all arrived, which a later run
    /// says.
    package mutating func leave() -> [ExchangeQuestion.Window] {
        entries.indices.compactMap { place in
            guard entries[place].window.granted > 0, entries[place].window.standing != .closed else { return nil }
            var call = entries[place].window.over()
            call.isOver = false
            return ExchangeQuestion.Window(grant: entries[place].grant, call: call)
        }
    }
}
