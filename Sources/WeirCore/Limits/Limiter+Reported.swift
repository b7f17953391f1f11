/// Limits that count what only a report tells: bytes, and answers by their status. A check needs that such a limit is not spent, and
/// takes nothing; the report takes what it was, as a debt where it is not there, so that the limit denies until time has made up for it
/// or its window is over.
extension Limiter {
    /// Whether the report of the running check is to be taken for a match.
    private static func awaits(_ match: Match) -> Bool {
        match.isReported && match.tokens > 0 && match.tenure == .held && match.source != .open
            && match.source != .late
    }

    /// Charges that the report of the running check may bring.
    mutating func awaitedCharges() -> Int {
        var charges = 0
        for index in 0..<matchCount where Self.awaits(matches[index]) { charges &+= 1 }
        return charges
    }

    /// Remembers which limits wait for the report of the running check. Where there is no room the oldest is forgotten: nothing is lost
    /// but what its report would have counted, if one still came.
    mutating func awaitReport(_ ticket: Ticket, charges: Int, in bytes: RawSpan, now: Instant) {
        while !awaited.hasRoom(charges: charges) {
            guard forgetOldest() else {
                unreportedChecks &+= 1
                return
            }
        }
        let place = awaited.open(ticket.serial, owner: 0)
        for index in 0..<matchCount where Self.awaits(matches[index]) {
            awaited.add(charge(for: matches[index], in: bytes, now: now), to: place)
        }
    }

    private mutating func charge(for match: Match, in bytes: RawSpan, now: Instant) -> OpenCharge {
        OpenCharge(
            key: tableKey(match), limit: Int32(match.limit), tokens: 0,
            price: policy.price(match.limit, &facts, bytes), deadline: now.microseconds &+ reserveMicroseconds,
            windowEnd: windowEnd(match.limit), isSlots: false, isOverflow: match.isOverflow)
    }

    /// - Returns: false when there is none.
    private mutating func forgetOldest() -> Bool {
        guard let place = awaited.oldest(of: 0) else { return false }
        while awaited.takeCharge(of: place, where: { _ in true }) != nil {}
        unreportedChecks &+= 1
        return true
    }

    /// Forgets checks whose reports are overdue, `count` at most.
    ///
    /// - Returns: whether there may be more.
    package mutating func forgetUnreported(_ count: Int, now: Instant) -> Bool {
        for _ in 0..<count {
            // All wait equally long, so the oldest is the first that is overdue.
            guard let place = awaited.oldest(of: 0), awaited.isOverdue(place, now: now.microseconds) else {
                return false
            }
            _ = forgetOldest()
        }
        return true
    }

    /// Checks whose reports limits wait for.
    package var awaitedCheckCount: Int { awaited.count }

    /// Takes what a ticket's report tells from the limits that wait for it.
    mutating func takeAwaited(_ ticket: Ticket, _ response: ResponseFacts, now: Instant) {
        guard let place = awaited.find(ticket.serial) else { return }
        while let charge = awaited.takeCharge(of: place, where: { _ in true }) {
            guard charge.limit >= 0 else { continue }
            let tokens = policy.tokens(Int(charge.limit), price: charge.price, of: response)
            if tokens > 0 { chargeMore(charge, tokens, isDemand: true, now: now) }
        }
    }

    /// Takes what a response tells from every such limit that its request matches, where no ticket says which.
    mutating func takeReported(_ response: ResponseFacts, in bytes: RawSpan, now: Instant) {
        guard enforcement != .off, policy.hasReported, policy.denial(&facts, bytes) < 0 else { return }
        _ = collect(bytes, 0, wall: now.wallMicroseconds)
        for index in 0..<matchCount where matches[index].isReported {
            let match = matches[index]
            let tokens = policy.tokens(
                match.limit, price: policy.price(match.limit, &facts, bytes), of: response)
            guard tokens > 0 else { continue }
            if shared.isOn {
                guard let place = place(of: match.key, match.limit, now: now) ?? overflowPlace(index, now: now) else {
                    continue
                }
                shared.charge(tokens, place, isDemand: true, now: now.microseconds)
            } else if let (slot, _) = slot(of: match.key, match.limit, now: now) {
                chargeSlot(slot, tokens, now: now)
            }
        }
    }
}
