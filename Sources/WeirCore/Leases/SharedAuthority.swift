/// The authority where agents share a store: what this agent holds of each limit key, how the store does, and what is to be said to
/// it. Whoever has the way to the store takes requests out and brings answers in; nothing here waits.
package struct SharedAuthority: ~Copyable {
    /// Nothing is shared: no store is configured.
    static var off: SharedAuthority { unsafe SharedAuthority(maximumLeases: 0, secret: 0, fleet: 1, now: 0) }

    var leases: LeaseTable
    /// What is known of each tag.
    var tags: FixedArray<TagView>
    /// Agents that share, at least.
    private let leastFleet: Int64
    /// Agents that the store has counted.
    private var countedFleet: Int64 = 0
    /// How each kind of key is leased.
    private var paces: (bucket: LeasePace, window: LeasePace, slots: LeasePace)
    /// Names that were given up so far.
    private var names: UInt32 = 0
    /// Places of keys that checks wait for.
    private var awaited: FixedArray<UInt32>
    private var awaitedCount = 0
    /// Where the sweep goes on.
    private var hand = 0
    /// Whether the agent stops: nothing is kept.
    private var isLeaving = false
    /// Whether a check waits for a call that was not made yet.
    package private(set) var isUrgent = false

    /// - Parameters:
    ///   - maximumLeases: limit keys that leases are held of at once; 0 where nothing is shared.
    ///   - secret: places keys in an order that clients cannot work out.
    ///   - fleet: agents that share, at least.
    ///   - region: zeroed memory of `byteCount(maximumLeases:)` that outlives it; nil for memory of its own.
    package init(
        maximumLeases: Int, secret: UInt64, fleet: Int64, over region: UnsafeMutableRawBufferPointer? = nil, now: Int64
    ) {
        if let region = unsafe region {
            precondition(region.count == Self.byteCount(maximumLeases: maximumLeases), "a region of another size")
            leases = unsafe LeaseTable(maximumKeys: maximumLeases, secret: secret, over: Self.leaseRegion(region))
            tags = unsafe FixedArray(over: Self.tagRegion(region))
            for tag in 0..<LeaseEntry.tags { tags[tag] = TagView(now: now) }
        } else {
            leases = unsafe LeaseTable(maximumKeys: maximumLeases, secret: secret)
            tags = FixedArray(count: maximumLeases == 0 ? 1 : LeaseEntry.tags, repeating: TagView(now: now))
        }
        awaited = FixedArray(count: maximumLeases == 0 ? 1 : maximumLeases + LeaseTable.spare, repeating: 0)
        leastFleet = fleet
        paces = (LeasePace(), LeasePace.of(.window, roundTrip: 1_000), LeasePace())
    }

    /// Whether limits are shared.
    @inline(__always)
    package var isOn: Bool { leases.maximumKeys > 0 }

    /// Agents that share: the larger of what the store counted and what the operator says.
    package var fleet: Int64 { max(1, leastFleet, countedFleet) }

    /// The longest that a lease of a rate or a slot lives, in microseconds.
    package static var longestRateLease: Int64 { LeasePace().life }

    @inline(__always)
    func pace(_ kind: LeaseAsk.Kind) -> LeasePace {
        switch kind {
        case .bucket: paces.bucket
        case .window: paces.window
        case .slots: paces.slots
        }
    }

    @inline(__always)
    func state(_ place: Int, now: Int64) -> TagView.State {
        let state = tags[leases[place].tag].state(now)
        if state == .shared, leases[place].lease.isUnanswered(now: now) { return .alone }
        return state
    }

    /// Which of the agent's names new leases are known by: a window that has said its last word must not go on under the same.
    private var name: UInt32 { names &+ leases.lastWords }

    /// How the store does for a key that nothing is held of.
    func state(of key: Hash128, now: Int64) -> TagView.State { tags[LeaseEntry.tag(of: key)].state(now) }

    // MARK: Checks

    /// The place of a limit key, which it is given if it has none; nil when there is no room.
    @inline(__always)
    mutating func place(
        of key: Hash128, limit: Int, isOverflow: Bool = false, now: Instant, _ make: () -> SharedLease
    ) -> Int? {
        if let place = leases.find(key) {
            if leases[place].lease.isDone { begin(place, make()) }
            return place
        }
        return leases.insert(
            LeaseEntry(key: key, lease: make(), limit: Int32(limit), name: name, isOverflow: isOverflow), now: now)
    }

    /// Begins a window anew that has said its last word: under another name.
    private mutating func begin(_ place: Int, _ lease: SharedLease) {
        names &+= 1
        leases[place].lease = lease
        leases[place].name = name
    }

    /// Spends tokens in hand, and asks for more where few are left.
    @inline(__always)
    mutating func spend(_ tokens: Int64, _ place: Int, now: Int64) {
        leases[place].lease.spend(tokens, now: now)
        if leases[place].lease.isLow { leases.list(place) }
    }

    /// Charges tokens that were used without having been spent: from what is in hand, else as a debt, that the store is told, and
    /// that the share counts which the outage policy grants meanwhile.
    ///
    /// - Parameter isDemand: whether they tell how many will be wanted, as the check did not.
    mutating func charge(_ tokens: Int64, _ place: Int, isDemand: Bool, now: Int64) {
        if isDemand { leases[place].lease.demand.add(tokens, now: now) }
        let owed = leases[place].lease.charge(tokens, now: now)
        if owed > 0, state(place, now: now) != .shared {
            leases[place].lease.oweAlone(owed, fleet: fleet, now: now, pace(leases[place].lease.kind))
        }
        if leases[place].lease.isLow { leases.list(place) }
    }

    /// Notes that a check waits for a key.
    mutating func park(_ tokens: Int64, _ place: Int) {
        if leases[place].lease.waiting == 0, awaitedCount < awaited.count {
            awaited[awaitedCount] = UInt32(place)
            awaitedCount &+= 1
        }
        leases[place].lease.park(tokens)
        leases.list(place)
        if leases[place].lease.call == nil { isUrgent = true }
    }

    /// Asks for a key that nobody waits for.
    mutating func wish(_ place: Int) { leases.list(place) }

    /// Forgets who waits, as those that wait are asked again, in their order.
    package mutating func unparkAll() {
        for number in 0..<awaitedCount { leases[Int(awaited[number])].lease.unpark() }
        awaitedCount = 0
    }

    /// Microseconds until the store grants again what it is asked for a key.
    func thaw(_ place: Int, now: Int64) -> Int64 { (tags[leases[place].tag].fence.thawAt ?? now) &- now }

    /// Whether this agent's share of a key, by the outage policy, has that many tokens.
    mutating func hasAlone(_ tokens: Int64, _ place: Int, now: Int64) -> Bool {
        let pace = pace(leases[place].lease.kind)
        return leases[place].lease.hasAlone(tokens, fleet: fleet, now: now, pace)
    }

    // MARK: Calls

    /// Keys that asked for a call, and have not been looked at.
    package var listedCount: Int { leases.queueCount }

    /// Gives the requests that are due among the first `count` keys that asked for it; one that it is too early for asks again.
    package mutating func takeUrgent(_ count: Int, now: Instant, into requests: inout [LeaseRequest]) {
        isUrgent = false
        for _ in 0..<count {
            guard let place = leases.nextListed() else { break }
            request(place, now: now, into: &requests)
            // What is too early now is due soon.
            if leases[place].lease.isDueSoon(now: now.microseconds, pace(leases[place].lease.kind)) {
                leases.list(place)
            }
        }
    }

    /// Looks at the next `count` places: for calls that are due or overdue, and for keys that nobody would miss.
    ///
    /// - Returns: false at the end, behind which it begins again.
    package mutating func sweep(_ count: Int, now: Instant, into requests: inout [LeaseRequest]) -> Bool {
        let last = min(hand &+ count, leases.end)
        while hand < last {
            if leases[hand].isUsed {
                if leases.mayGo(hand, now: now) {
                    leases.remove(hand)
                } else {
                    request(hand, now: now, into: &requests)
                }
            }
            hand &+= 1
        }
        guard hand >= leases.end else { return true }
        hand = 0
        return false
    }

    /// Makes, or repeats, the call of a key if it is time.
    private mutating func request(_ place: Int, now: Instant, into requests: inout [LeaseRequest]) {
        let (instant, pace) = (now.microseconds, pace(leases[place].lease.kind))
        if leases[place].lease.isGivenUp(now: instant, pace), leases[place].lease.giveUp() {
            names &+= 1
            leases[place].name = name
        }
        let ask: LeaseAsk
        if leases[place].lease.isDue(now: instant, pace) {
            ask = leases[place].lease.makeCall(isLast: leases[place].lease.isLeaving, now: instant, pace)
        } else if leases[place].lease.isToBeRegistered(epoch: tags[leases[place].tag].fence.epoch) {
            ask = leases[place].lease.makeCall(isLast: leases[place].lease.isLeaving, now: instant, pace)
        } else if leases[place].lease.isOverdue(now: instant, pace) {
            ask = leases[place].lease.repeated(now: instant, pace)
        } else if leases[place].lease.isToBeLast(after: lastWordAfter, now: instant, wall: now.wallMicroseconds) {
            ask = leases[place].lease.makeCall(isLast: true, now: instant, pace)
        } else {
            return
        }
        tags[leases[place].tag].asked(now: instant)
        requests.append(
            LeaseRequest(place: place, key: leases[place].key, name: leases[place].name, ask: ask))
    }

    /// Microseconds without a check after which a window says its last word and is forgotten. Only where room is short: a store that
    /// forgets too has to be told the total again.
    private var lastWordAfter: Int64 {
        if isLeaving { return 0 }
        return leases.count > leases.maximumKeys / 8 * 7 ? 1_000_000 : .max
    }

    // MARK: What callers ask

    /// Limit keys that this agent has to do with now, and the end of their places.
    package var leaseCount: Int { leases.count }
    package var leaseEnd: Int { leases.end }
    package var evictions: UInt64 { leases.evictions }
    package var byteCount: Int { isOn ? leases.byteCount : 0 }
    /// Whether a check waits for an answer.
    package var isAwaited: Bool { awaitedCount > 0 }

    /// Whether the store has answered for every tag at some time.
    package var isKnown: Bool {
        for tag in 0..<tags.count where !tags[tag].isKnown { return false }
        return true
    }

    /// What a call for a tag says of what the agent knows.
    package func knowledge(of tag: Int, now: Int64) -> (epoch: Int64, seen: Int64, latest: Int64) {
        let fence = tags[tag].fence
        return (fence.epoch, fence.operations, fence.latest(now: now, paces.bucket))
    }

    /// How many tags are in each state.
    package func tagStates(now: Int64) -> (shared: Int, alone: Int, frozen: Int) {
        var counts = (shared: 0, alone: 0, frozen: 0)
        for tag in 0..<tags.count {
            switch tags[tag].state(now) {
            case .shared: counts.shared += 1
            case .alone: counts.alone += 1
            case .frozen: counts.frozen += 1
            }
        }
        return counts
    }

    /// Tags that the store does not answer for.
    package func silentTags(now: Int64) -> [Int] {
        (0..<tags.count).filter { tags[$0].isSilent(now) }
    }

    /// Another connection: another clock may be behind it.
    package mutating func connected() { for tag in 0..<tags.count { tags[tag].fence.connected() } }

    // MARK: Answers

    /// Takes the head of an answer for a tag.
    ///
    /// - Returns: false when the numbers are none of a fence's.
    package mutating func take(head: ArraySlice<Int64>, tag: Int, sentAt: Int64, roundTrip: Int64, now: Int64) -> Bool {
        tags[tag].answered()
        guard tags[tag].fence.take(head, sentAt: sentAt, now: now) else { return false }
        countedFleet = tags[tag].fence.fleet
        let smooth = (paces.bucket.roundTrip &* 7 &+ min(roundTrip, 1_000_000)) / 8
        (paces.bucket.roundTrip, paces.window.roundTrip, paces.slots.roundTrip) = (smooth, smooth, smooth)
        return true
    }

    /// The store has answered for a tag, though not what was asked.
    package mutating func answered(tag: Int) { tags[tag].answered() }

    /// A call is made for a tag that is about none of its keys.
    package mutating func asked(tag: Int, now: Int64) { tags[tag].asked(now: now) }

    /// Takes an answer to a request.
    ///
    /// - Returns: what it has changed, and for which limit of the running policy; nil for a key that is forgotten.
    package mutating func take(
        _ answer: LeaseAnswer, to request: LeaseRequest, now: Int64
    ) -> (outcome: SharedLease.Outcome, limit: Int)? {
        let place = request.place
        guard place < leases.end, leases[place].isUsed, leases[place].key == request.key,
            leases[place].name == request.name
        else { return nil }
        let outcome = leases[place].lease.take(
            answer, sequence: request.ask.sequence, epoch: tags[request.tag].fence.epoch, now: now,
            pace(leases[place].lease.kind))
        guard outcome.isTaken else { return nil }
        // Who waits is asked again first, and then says so anew.
        if leases[place].lease.isRecalled { leases.list(place) }
        return (outcome, Int(leases[place].limit))
    }

    // MARK: Changes

    /// Another policy is in force: limits have other numbers, amounts, or are gone. What is leased goes back where an amount has
    /// changed, at once.
    ///
    /// - Parameter limit: the new number of a limit and its terms; nil for one that is gone.
    mutating func renumber(_ limit: (Int) -> (number: Int, terms: LimitTerms)?) {
        for place in 0..<leases.end where leases[place].isUsed {
            guard leases[place].limit >= 0 else { continue }
            guard let (number, terms) = limit(Int(leases[place].limit)) else {
                leases[place].limit = -1
                leases[place].lease.isLeaving = true
                leases.list(place)
                continue
            }
            leases[place].limit = Int32(number)
            guard leases[place].lease.terms != terms else { continue }
            leases[place].lease.change(to: terms)
            leases.list(place)
        }
    }

    /// The agent stops: everything is to be given back.
    package mutating func leave() {
        isLeaving = true
        for place in 0..<leases.end where leases[place].isUsed {
            leases[place].lease.isLeaving = true
            leases.list(place)
        }
    }

    /// Whether everything was given back that can be.
    package var hasLeft: Bool {
        for place in 0..<leases.end where leases[place].isUsed && leases[place].lease.call != nil { return false }
        return leases.queueCount == 0
    }
}
