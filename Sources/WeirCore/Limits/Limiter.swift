/// Decides: whether a request may pass, under every limit that matches it, all or nothing; and counts what passed.
///
/// Pure: no I/O, no clock. It allocates when it is made and when the policy is swapped, never on a check. Not safe for
/// several threads at once: whoever owns it holds a lock around each call.
///
/// What a check calls is `mutating` even where it changes nothing: a method that only reads is lent the limiter by copying its
/// bits, a thousand bytes, and that was a quarter of a check.
package struct Limiter: ~Copyable {
    var policy: CompiledPolicy
    private let namespace: Hash128
    /// What is leased from the store that the fleet shares; off where there is none.
    package var shared: SharedAuthority
    package var enforcement: Enforcement
    /// Every spending, for a proof; off in service.
    package var admissions = AdmissionLog.off
    private let authority = LocalAuthority()
    var table: LimitTable
    /// The numbers of the limits' terms in the table, by limit.
    var terms: FixedArray<UInt32>
    var calendar: CalendarTable
    var counters: FixedArray<LimitCounters>
    var denials: FixedArray<UInt64>
    var facts = Facts()
    var matches: FixedArray<Match>
    var matchCount = 0
    /// Whether the running check may wait for the shared store, and whether it has waited before.
    var mayWait = false
    /// Charges of the running check that stay open, and those of limits that wait for its report.
    private(set) var openCount = 0
    private var awaitedCount = 0
    package var isRerun = false
    /// Masks of the limits that are lifted and replaced in the running check.
    var lifted: FixedArray<UInt64>
    var replaced: FixedArray<UInt64>
    package private(set) var checks = CheckCounters()
    /// Keys that the checks to come may add to the table; whoever drives the limiter sets it for each client, so that one that
    /// sprays keys fills nobody's table but by the second. Beyond, new keys count in the limit's overflow entry.
    package var newKeyBudget = Int.max
    /// Keys that were counted in an overflow entry because their client brought too many new ones.
    package private(set) var throttledKeys: UInt64 = 0

    /// Checks whose requests are not over, and what they hold.
    var opened: OpenChecks
    /// The connection that the checks to come are of, whose end is theirs; -1 where that says nothing of the requests.
    package var owner = -1
    /// For how long a reservation waits for its report, in microseconds; then it stays charged.
    let reserveMicroseconds: Int64
    /// Checks that were opened, those that found no room, and slots that were freed because nobody said that their request is over.
    package internal(set) var openedChecks: UInt64 = 0
    package private(set) var refusedOpen: UInt64 = 0
    package internal(set) var expiredSlots: UInt64 = 0

    /// Checks whose reports limits wait for, which count what only a report tells. They hold nothing: the oldest makes room.
    var awaited: OpenChecks
    /// Checks that limits waited for in vain: no report came in time, or there was no room to wait for it.
    package internal(set) var unreportedChecks: UInt64 = 0

    /// Who looks at the keys of requests, where the policy document sells something.
    var desk: Heap<ContractDesk>
    /// Whether nobody has ever said what is sold: then every request might be, and none passes.
    package var lacksOffers = false
    /// Who pays for the running check, and whether it waits for that.
    var credit = CreditMatch()
    package var waitsForCredit = false
    var estimates: ByteEstimates

    package var usage: UsageTable
    var tickets: TicketBook
    var ledger: UsageLedger

    /// - Parameters:
    ///   - almanac: gives the windows and spans of the policy, from `now` on.
    ///   - maximumKeys: limit keys that are counted apart.
    ///   - namespace: the key of all hashes of one fleet.
    ///   - ticketSecret: random, for this incarnation only.
    ///   - ticketWindow: tickets that can be reported on.
    ///   - counters: zeroed memory of `counterBytes(maximumKeys)` for the counters, which outlives the limiter; nil for
    ///     memory of its own.
    ///   - openChecks: checks that may hold slots or reservations at once (and as many that limits may wait for the reports of),
    ///     and connections that they may come over.
    ///   - reserveMicroseconds: for how long a reservation waits for its report.
    ///   - shared: the leases of the shared store; off where there is none.
    package init(
        policy: Policy, almanac: some Almanac, maximumKeys: Int, namespace: Hash128, ticketSecret: Hash128,
        ticketWindow: UInt32 = TicketBook.window, enforcement: Enforcement, usage: consuming UsageTable,
        counters: UnsafeMutableRawBufferPointer? = nil, openChecks: (maximum: Int, owners: Int) = (1_024, 1_024),
        reserveMicroseconds: Int64 = 60_000_000, shared: consuming SharedAuthority = .off,
        now: Instant
    ) throws(PolicyRefusal) {
        self.namespace = namespace
        self.shared = shared
        opened = OpenChecks(maximum: openChecks.maximum, owners: openChecks.owners)
        awaited = OpenChecks(maximum: openChecks.maximum, owners: 1)
        self.reserveMicroseconds = reserveMicroseconds
        self.enforcement = enforcement
        self.usage = usage
        tickets = TicketBook(secret: ticketSecret, window: ticketWindow)
        table = unsafe LimitTable(maximumKeys: maximumKeys, secret: ticketSecret.high, over: counters)
        let compiled = CompiledPolicy(policy, namespace: namespace)
        terms = try Self.register(compiled, in: &table, isShared: self.shared.isOn)
        calendar = CalendarTable(
            compiled.calendar, compiled.calendar.map { almanac.timeline($0, at: now.wallMicroseconds) })
        self.counters = FixedArray(count: compiled.limitCount, repeating: LimitCounters())
        denials = FixedArray(count: compiled.denialCount, repeating: 0)
        matches = FixedArray(count: compiled.limitCount, repeating: .none)
        lifted = FixedArray(count: compiled.maskWords, repeating: 0)
        replaced = FixedArray(count: compiled.maskWords, repeating: 0)
        ledger = UsageLedger(namespace: namespace, policy: compiled)
        desk = Heap(.closed(namespace: namespace))
        estimates = ByteEstimates(routes: compiled.routeCount)
        self.policy = compiled
    }

    // MARK: The policy

    /// Puts another policy in force, which was compiled before under the same namespace: not while others wait.
    /// Counters go on where name, kind and `by` list are the same, whatever the amount.
    ///
    /// - Parameter timelines: one for each of the policy's rules of the calendar.
    /// - Throws: when the tables have no room for it; then the running policy stays.
    package mutating func adopt(
        _ compiled: consuming CompiledPolicy, timelines: [Timeline]
    ) throws(PolicyRefusal) {
        let numbers = try Self.register(compiled, in: &table, isShared: shared.isOn)
        var next = CalendarTable(compiled.calendar, timelines)
        next.keepPlaces(of: calendar)
        calendar = next
        var kept: [Hash128: LimitCounters] = [:]
        for index in 0..<self.policy.limitCount { kept[self.policy.limit(index).serial] = counters[index] }
        renumberLeases(compiled)
        renumberOpen(compiled)
        terms = numbers
        counters = FixedArray(count: compiled.limitCount, repeating: LimitCounters())
        for index in 0..<compiled.limitCount {
            if let before = kept[compiled.limit(index).serial] { counters[index] = before }
        }
        denials = FixedArray(count: compiled.denialCount, repeating: 0)
        matches = FixedArray(count: compiled.limitCount, repeating: .none)
        lifted = FixedArray(count: compiled.maskWords, repeating: 0)
        replaced = FixedArray(count: compiled.maskWords, repeating: 0)
        ledger = UsageLedger(namespace: namespace, policy: compiled)
        estimates = ByteEstimates(routes: compiled.routeCount)
        self.policy = compiled
    }

    /// What the shared store cannot do.
    private static func checkShared(_ policy: borrowing CompiledPolicy) throws(PolicyRefusal) {
        for index in 0..<policy.limitCount where policy.limit(index).isProportional {
            throw .proportionalWhileShared(limit: policy.withName(of: .limit(UInt16(index))) { $0.text })
        }
    }

    private static func register(
        _ policy: borrowing CompiledPolicy, in table: inout LimitTable, isShared: Bool
    ) throws(PolicyRefusal) -> FixedArray<UInt32> {
        if isShared { try checkShared(policy) }
        guard policy.limitCount <= table.maximumLimits else {
            throw .tooManyLimits(maximum: table.maximumLimits, found: policy.limitCount)
        }
        var terms: [LimitTerms] = []
        for index in 0..<policy.limitCount { terms.append(policy.limit(index).terms) }
        guard let numbers = table.terms.replace(with: terms) else { throw .tooManyTerms }
        return FixedArray(numbers)
    }

    /// The attributes of the check to come; whoever reads a request clears and fills them.
    package var attributes: Attributes {
        @inline(__always) mutating _read { yield facts.attributes }
        @inline(__always) _modify { yield &facts.attributes }
    }

    /// The slot of an attribute's name, or nil when the running policy does not use it.
    package mutating func slot(named name: RawSpan) -> AttributeSlot? { policy.tables.value.names.slot(named: name) }

    /// Reads a CHECK frame, and its attributes into `attributes`.
    package mutating func read(_ frame: RawSpan, _ header: FrameHeader) throws(WireError) -> CheckRequest {
        try policy.read(frame, header, into: &facts.attributes)
    }

    /// Lends the name of the statement that a decision refers to.
    package mutating func withName<Result>(of statement: StatementIndex, _ body: (RawSpan) -> Result) -> Result {
        policy.withName(of: statement, body)
    }

    // MARK: Checks

    /// Decides the request whose attributes are in `attributes`.
    ///
    /// - Parameter bytes: what the attributes point into.
    package mutating func check(_ request: CheckRequest, in bytes: RawSpan, now: Instant) -> Decision {
        let isPeek = request.isPeek
        mayWait = request.mayWait && !isPeek && enforcement == .on
        (credit, waitsForCredit) = (CreditMatch(), false)
        facts.derive(bytes, policy)
        let key = facts.product >= 0 ? identify(bytes, now: now) : Reason.ok
        let units = weigh(request.cost)
        // Where there is one subscription, what it pays with is looked for when the limits are known.
        let turns = facts.hasNextPayer && key == .ok && enforcement == .on && !isPeek
        if turns { turnToPayer(bytes, units, isReserve: request.isReserve, now: now) }
        var decision = Decision(
            verdict: .allow, reason: .unlimited, status: 200, state: enforcement == .on ? .local : .shadow)
        if enforcement != .off {
            let denial = key == .ok && !lacksOffers ? policy.denial(&facts, bytes) : -1
            if lacksOffers || key != .ok {
                decision = refuse(lacksOffers ? .noPolicy : key)
            } else if denial >= 0 {
                if !isPeek { denials[denial] &+= 1 }
                decision = deny(policy.tables.value.denials[denial], denial)
            } else {
                decideLimits(
                    bytes, units, isPeek: isPeek, isReserve: request.isReserve, isSecured: turns, now: now, &decision)
                if decision.isWaiting { return decision }
            }
        }
        if enforcement != .on, decision.verdict == .deny {
            decision.verdict = .allow
            decision.status = 200
            decision.state = .shadow
        }
        if isPeek { return decision }
        count(bytes, &decision, units: facts.isDrawn ? credit.units : units, now: now)
        if credit.count > 1 || credit.reserves > 0, facts.isDrawn { countDraws(bytes, decision.ticket) }
        if openCount > 0 {
            open(decision.ticket, matchCount, isReserve: request.isReserve, in: bytes, now: now)
            openCount = 0
        }
        if credit.reserves > 0, facts.isDrawn { openCredit(decision.ticket, now: now) }
        if awaitedCount > 0 {
            awaitReport(decision.ticket, charges: awaitedCount, in: bytes, now: now)
            awaitedCount = 0
        }
        return decision
    }

    /// The cost times the weight of the request's route; saturates at what a ticket can hold.
    mutating func weigh(_ cost: UInt64) -> UInt64 {
        guard facts.route >= 0 else { return cost }
        let (units, overflow) = cost.multipliedReportingOverflow(
            by: UInt64(policy.tables.value.routes[facts.route].weight))
        return overflow ? WireLimits.maximumCost : min(units, WireLimits.maximumCost)
    }

    private mutating func deny(_ denial: CompiledDenial, _ number: Int) -> Decision {
        Decision(
            verdict: .deny, reason: denial.reason, status: denial.status,
            state: enforcement == .on ? .local : .shadow, statement: .deny(UInt16(number)),
            retryAfterMicroseconds: CheckAnswer.never)
    }

    /// Counts the call in its cell, before its answer leaves, and gives the ticket.
    private mutating func count(_ request: RawSpan, _ decision: inout Decision, units: UInt64, now: Instant) {
        let hour = max(now.hour, usage.finalBefore)
        if decision.verdict == .allow {
            checks.allowed &+= 1
            let cell = ledger.add(
                Totals(calls: 1, units: units), .admitted, hour, to: &usage, &facts, request, policy)
            decision.ticket = tickets.issue(cell: cell, hour: hour, units: UInt32(truncatingIfNeeded: units))
        } else {
            checks.denied &+= 1
            _ = ledger.add(
                Totals(calls: 1), .denied(decision.reason), hour, to: &usage, &facts, request, policy)
        }
    }

    // MARK: Limits

    /// When to come back where not even an overflow entry has room: sweeps will have made some.
    static let noRoomMicroseconds: Int64 = 1_000_000

    /// Finds what the request in `attributes` matches, and leaves the limits in `matches`.
    mutating func match(
        _ request: CheckRequest, in bytes: RawSpan, now: Instant
    ) -> (count: Int, denial: Int, isExempt: Bool) {
        facts.derive(bytes, policy)
        if facts.product >= 0 { _ = identify(bytes, now: now) }
        let denial = policy.denial(&facts, bytes)
        let isExempt = collect(bytes, weigh(request.cost), wall: now.wallMicroseconds)
        return (matchCount, denial, isExempt)
    }

    /// What a check would find of this agent's own counter.
    mutating func peek(_ match: Match, now: Instant) -> Tenure {
        var slot = peekSlot(match, now: now)
        return authority.secure(match.tokens, &slot, policy.tables.value.limits[match.limit].terms, now: now)
    }

    private mutating func decideLimits(
        _ request: RawSpan, _ units: UInt64, isPeek: Bool, isReserve: Bool, isSecured: Bool, now: Instant,
        _ decision: inout Decision
    ) {
        let isExempt = collect(request, units, wall: now.wallMicroseconds)
        if facts.isIdentified, enforcement == .on, !isPeek, !isSecured {
            secureCredit(request, units, isReserve: isReserve, now: now)
        }
        guard matchCount > 0 || credit.tenure != .free else {
            if isExempt { decision.reason = .exempt }
            describeCredit(&decision)
            return
        }
        if policy.hasSlots, opened.earliest <= now.microseconds { expireForCheck(now: now) }
        secure(isPeek: isPeek, now: now)
        var (isRefused, isWaiting) = (false, false)
        for index in 0..<matchCount where matches[index].tenure != .held && matches[index].isEnforced {
            if matches[index].tenure == .waits { isWaiting = true } else { isRefused = true }
        }
        if credit.tenure == .waits { isWaiting = true }
        if credit.isRefused { isRefused = true }
        if isWaiting, !isRefused {
            park(matchCount)
            parkCredit()
            decision.isWaiting = true
            return
        }
        if !isPeek, !isRefused, isReserve || policy.hasSlots {
            openCount = openCharges(matchCount, isReserve: isReserve)
            if openCount > 0, !opened.hasRoom(charges: openCount) {
                skipCountedSlots(matchCount)
                openCount = openCharges(matchCount, isReserve: isReserve)
            }
            if openCount > 0, !opened.hasRoom(charges: openCount) {
                refuseForRoom(&decision)
                return
            }
        }
        if !isPeek {
            settle(isRefused: isRefused, now: now)
            if !isRefused { drawCredit() }
            if policy.hasReported, !isRefused { awaitedCount = awaitedCharges() }
        }
        describe(isRefused: isRefused, now: now, &decision)
        describeCredit(&decision)
    }

    /// What the check would take could never be freed: nothing is taken, and it is denied.
    private mutating func refuseForRoom(_ decision: inout Decision) {
        (openCount, refusedOpen) = (0, refusedOpen &+ 1)
        (decision.verdict, decision.reason, decision.status) = (.deny, .overload, 503)
        decision.retryAfterMicroseconds = UInt64(LimitSlot.slotWait)
    }

    /// A key's place among a hundred is its own for ever, so that raising a share only adds keys.
    @inline(__always)
    static func isEnforced(_ key: Hash128, percent: UInt8) -> Bool {
        percent == 100 || ((key.high >> 32) &* 100) >> 32 < UInt64(percent)
    }

    /// Asks the authority for the tokens of every match. A peek asks for a copy, and leaves the table as it is.
    private mutating func secure(isPeek: Bool, now: Instant) {
        let evictions = table.evictions
        for index in 0..<matchCount {
            let limit = matches[index].limit
            let tokens = matches[index].tokens
            if shared.isOn {
                secureShared(index, isPeek: isPeek, now: now)
                continue
            }
            if isPeek {
                matches[index].tenure = peek(matches[index], now: now)
                continue
            }
            guard let (slot, isOverflow) = slot(of: matches[index].key, limit, now: now) else {
                matches[index].tenure = .refused(microseconds: Self.noRoomMicroseconds)
                continue
            }
            matches[index].slot = slot
            matches[index].isOverflow = isOverflow
            matches[index].tenure = authority.secure(
                tokens, &table[slot], policy.tables.value.limits[limit].terms, now: now)
        }
        if table.evictions != evictions { findAgain() }
    }

    /// The key's slot in the limit's terms, or the limit's overflow entry; nil when there is room for neither.
    @inline(__always)
    mutating func slot(of key: Hash128, _ limit: Int, now: Instant) -> (Int, isOverflow: Bool)? {
        let number = terms[limit]
        let end = windowEnd(limit)
        let isProportional = policy.tables.value.limits[limit].isProportional
        if let slot = table.find(key) ?? insert(key, limit, windowEnd: end, now: now) {
            table.renew(
                slot, terms: number, windowEnd: end, isProportional: isProportional, now: now.microseconds)
            return (slot, false)
        }
        guard let slot = table.overflow(of: overflowIdentity(limit), terms: number, windowEnd: end, now: now) else {
            return nil
        }
        table.renew(slot, terms: number, windowEnd: end, isProportional: isProportional, now: now.microseconds)
        return (slot, true)
    }

    /// Adds a key, if its client may bring another and there is room. One that was counted in the window before is not new: at
    /// the turn of a day all who are known come at once.
    private mutating func insert(_ key: Hash128, _ limit: Int, windowEnd: Int64, now: Instant) -> Int? {
        guard mayInsert(key, limit) else { return nil }
        return table.insert(key, terms: terms[limit], windowEnd: windowEnd, now: now)
    }

    /// Whether the running check's client may bring the key, if it is a new one.
    mutating func mayInsert(_ key: Hash128, _ limit: Int) -> Bool {
        if wasInWindowBefore(key, limit) { return true }
        guard newKeyBudget > 0 else {
            throttledKeys &+= 1
            return false
        }
        newKeyBudget &-= 1
        return true
    }

    /// An eviction has moved slots: those of this check are still there, as they were touched now.
    private mutating func findAgain() {
        for index in 0..<matchCount where matches[index].slot >= 0 {
            let match = matches[index]
            let slot =
                match.isOverflow
                ? table.overflowSlot(of: overflowIdentity(match.limit)) : table.find(match.key)
            guard let slot else { preconditionFailure("a slot of the running check was evicted") }
            matches[index].slot = slot
        }
    }

    /// Spends what is in hand when nothing was refused; otherwise it stays in hand, and nothing is consumed. So it does where a report
    /// takes the tokens.
    private mutating func settle(isRefused: Bool, now: Instant) {
        for index in 0..<matchCount {
            let match = matches[index]
            if match.isOverflow { counters[match.limit].overflowed &+= 1 }
            guard match.tenure == .held else {
                if match.source == .late { counters[match.limit].shared.overloaded &+= 1 }
                if match.isEnforced {
                    counters[match.limit].denied &+= 1
                } else {
                    counters[match.limit].shadowDenied &+= 1
                }
                continue
            }
            if !isRefused {
                counters[match.limit].allowed &+= 1
                if match.isReported { continue }
                if match.source == .local {
                    authority.spend(match.tokens, &table[match.slot])
                } else {
                    spendShared(match, now: now.microseconds)
                }
                if admissions.isOn { admissions.append(match, now: now.microseconds) }
            }
        }
    }
}
