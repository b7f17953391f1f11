/// Checks that hold something until their request is over: slots, and tokens that were reserved by an estimate.
extension Limiter {
    /// Whether a match takes something that has to come back.
    private func opens(_ match: Match, isReserve: Bool) -> Bool {
        guard match.tenure == .held, !match.isReported, match.source != .open, match.source != .late else {
            return false
        }
        return isReserve || policy.tables.value.limits[match.limit].isSlots
    }

    /// Charges that the running check would leave open.
    func openCharges(_ count: Int, isReserve: Bool) -> Int {
        var charges = 0
        for index in 0..<count where opens(matches[index], isReserve: isReserve) { charges &+= 1 }
        return charges
    }

    /// Remembers what the running check took, under its ticket.
    mutating func open(_ ticket: Ticket, _ count: Int, isReserve: Bool, in bytes: RawSpan, now: Instant) {
        let place = opened.open(ticket.serial, owner: owner)
        for index in 0..<count where opens(matches[index], isReserve: isReserve) {
            let match = matches[index]
            let limit = policy.tables.value.limits[match.limit]
            opened.add(
                OpenCharge(
                    key: tableKey(match), limit: Int32(match.limit), tokens: match.tokens,
                    price: limit.isSlots || limit.measure == .calls ? 0 : tokensPerUnit(match.limit, in: bytes),
                    deadline: now.microseconds &+ (limit.isSlots ? limit.holdMicroseconds : reserveMicroseconds),
                    windowEnd: windowEnd(match.limit), isSlots: limit.isSlots, isOverflow: match.isOverflow), to: place)
        }
        openedChecks &+= 1
    }

    /// Tokens that one unit of the running check's cost takes of a limit.
    private mutating func tokensPerUnit(_ limit: Int, in bytes: RawSpan) -> Int64 {
        policy.tokens(limit, cost: weigh(1), &facts, bytes)
    }

    /// Checks whose requests are not over.
    package var openCheckCount: Int { opened.count }

    /// The key that a match is counted under: its own, or its limit's overflow entry.
    mutating func tableKey(_ match: Match) -> Hash128 {
        if match.place >= 0 { return shared.leases[match.place].key }
        return match.slot >= 0 ? table[match.slot].key : match.key
    }

    // MARK: The end

    /// The request of this ticket is over, or never ran: its slots are free. What it had reserved stays charged until it is reported.
    ///
    /// - Returns: false when the ticket holds no slot.
    package mutating func release(_ ticket: Ticket, now: Instant) -> Bool {
        guard tickets.isGenuine(ticket), let place = opened.find(ticket.serial) else { return false }
        return finish(place, where: { $0.isSlots }, actual: nil, now: now) > 0
    }

    /// A connection is gone, and with it the requests that came over it: their slots are free. What they had reserved may be reported
    /// over another one.
    package mutating func closed(owner: Int, now: Instant) {
        while let place = opened.first(of: owner) {
            opened.disown(place)
            _ = finish(place, where: { $0.isSlots }, actual: nil, now: now)
        }
    }

    /// Gives up what is overdue before a check that may want it: once in a while at most, as it looks through all that is open.
    mutating func expireForCheck(now: Instant) {
        var start: Int? = 0
        while let from = start { start = expireOpen(from: from, scan: opened.places, now: now) }
        opened.lookedThrough(now: now.microseconds, pause: Self.expiryPause)
    }

    private static let expiryPause: Int64 = 10_000

    /// Takes no slot of limits that are only counted, where there is no room to remember it.
    mutating func skipCountedSlots(_ count: Int) {
        for index in 0..<count where policy.tables.value.limits[matches[index].limit].isSlots {
            if !matches[index].isEnforced { matches[index].source = .open }
        }
    }

    /// Gives up what is overdue among the places from `start` on: slots are freed, reservations stay charged.
    ///
    /// - Returns: the place to go on from; nil at the end.
    package mutating func expireOpen(from start: Int, scan: Int, now: Instant) -> Int? {
        let end = min(start + scan, opened.places)
        for place in start..<max(start, end) where opened.isOverdue(place, now: now.microseconds) {
            expiredSlots &+= UInt64(
                finish(place, where: { $0.deadline <= now.microseconds }, actual: nil, now: now))
        }
        return end >= opened.places ? nil : end
    }

    /// Settles what a ticket has reserved by the actual cost, and frees its slots.
    ///
    /// - Parameter actual: units that the request took; nil when they are those that were reserved.
    mutating func settle(_ ticket: Ticket, actual: UInt64?, now: Instant) {
        guard let place = opened.find(ticket.serial) else { return }
        _ = finish(place, where: { _ in true }, actual: actual, now: now)
    }

    /// - Returns: slots that were freed.
    private mutating func finish(
        _ place: Int, where isWanted: (OpenCharge) -> Bool, actual: UInt64?, now: Instant
    ) -> Int {
        var slots = 0
        let serial = opened.serial(place)
        while let charge = opened.takeCharge(of: place, where: isWanted) {
            if charge.limit == OpenCharge.credit {
                keepCredit(charge, of: serial)
            } else if charge.isSlots {
                slots += Int(charge.tokens)
                free(charge)
            } else if let actual, charge.price > 0 {
                let (product, overflow) = charge.price.multipliedReportingOverflow(by: Int64(clamping: actual))
                let tokens = overflow ? Int64.max : product
                if tokens < charge.tokens {
                    restore(charge, charge.tokens &- tokens, now: now)
                } else if tokens > charge.tokens {
                    chargeMore(charge, tokens &- charge.tokens, now: now)
                }
            }
        }
        return slots
    }

    // MARK: What comes back

    /// Frees the slots of a charge.
    private mutating func free(_ charge: OpenCharge) {
        if shared.isOn {
            guard let place = shared.leases.find(charge.key) else { return }
            shared.leases[place].lease.free(charge.tokens)
        } else if let slot = table.find(charge.key) {
            let terms = table.terms[table[slot].terms]
            table[slot].bucket.credit = min(terms.fullCredit, table[slot].bucket.credit &+ charge.tokens)
        }
    }

    /// Gives back tokens that were reserved and not used, never above the capacity; of a window that is over nothing.
    private mutating func restore(_ charge: OpenCharge, _ tokens: Int64, now: Instant) {
        guard charge.windowEnd == 0 || charge.windowEnd > now.wallMicroseconds else { return }
        if shared.isOn {
            guard let place = shared.leases.find(charge.key) else { return }
            shared.leases[place].lease.restore(tokens)
        } else if let slot = table.find(charge.key) {
            let terms = table.terms[table[slot].terms]
            table[slot].bucket.refill(until: now.microseconds, outstanding: table[slot].inHand, terms)
            table[slot].bucket.credit = min(
                (terms.capacity &- table[slot].inHand) &* terms.per, table[slot].bucket.credit &+ tokens &* terms.per)
            table[slot].isUnsealed = table[slot].windowEnd > 0
        }
    }

    /// Charges tokens that were used beyond those that were reserved: what is not there becomes a debt, of one full bucket at most.
    ///
    /// - Parameter isDemand: whether they tell how many will be wanted, as the check did not.
    mutating func chargeMore(_ charge: OpenCharge, _ tokens: Int64, isDemand: Bool = false, now: Instant) {
        guard charge.windowEnd == 0 || charge.windowEnd > now.wallMicroseconds else { return }
        if shared.isOn {
            guard let place = leasePlace(of: charge, now: now) else { return }
            shared.charge(tokens, place, isDemand: isDemand, now: now.microseconds)
        } else if let slot = table.find(charge.key) ?? insertAgain(charge, now: now) {
            chargeSlot(slot, tokens, now: now)
        }
    }

    /// Takes tokens out of a slot that need not have them.
    mutating func chargeSlot(_ slot: Int, _ tokens: Int64, now: Instant) {
        let terms = table.terms[table[slot].terms]
        table[slot].bucket.refill(until: now.microseconds, outstanding: table[slot].inHand, terms)
        // What a check that was refused has left in hand pays first.
        let inHand = min(tokens, table[slot].inHand)
        table[slot].inHand &-= inHand
        let (price, overflow) = (tokens &- inHand).multipliedReportingOverflow(by: terms.per)
        let least = min(table[slot].bucket.credit, -terms.fullCredit)
        // No debt is deeper than one full bucket, so a larger price makes no difference.
        let owed = overflow ? LimitTerms.maximumProduct : min(price, LimitTerms.maximumProduct)
        table[slot].bucket.credit = max(least, table[slot].bucket.credit &- owed)
        table[slot].isUnsealed = table[slot].windowEnd > 0
    }

    /// A key that time has made as new, and that was forgotten, owes all the same.
    private mutating func insertAgain(_ charge: OpenCharge, now: Instant) -> Int? {
        guard charge.limit >= 0 else { return nil }
        return table.insert(
            charge.key, terms: terms[Int(charge.limit)], windowEnd: charge.windowEnd, now: now)
    }
}
