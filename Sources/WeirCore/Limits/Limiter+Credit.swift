/// Credit: what a consumer has bought. To a check a window is one more lease: it draws on all that its plan asks for together with every
/// limit, or on nothing.
extension Limiter {
    /// Finds what pays for the running check: for each meter of its plan that counts it a draw, in the order in which grants are drawn on.
    ///
    /// - Parameter isReserve: whether the cost is an estimate, which the report corrects.
    mutating func secureCredit(_ request: RawSpan, _ units: UInt64, isReserve: Bool, now: Instant) {
        guard facts.isIdentified, facts.account != KnownKey.isFree else { return }
        guard facts.account >= 0 else {
            credit.tenure = .used
            return
        }
        let (account, seconds) = (Int(facts.account), now.wallMicroseconds / 1_000_000)
        var isWaiting = false
        for part in 0..<desk.value.windows.partCount(account) {
            let terms = desk.value.windows.terms(account, part: part)
            guard isBilled(terms, request) else { continue }
            let measure = desk.value.windows.measure(terms)
            let counted = measure == .units ? units : UInt64(estimates.bytes(measure, route: facts.route))
            let number = credit.count
            let found = desk.value.windows.secure(
                account, part: part, counted, as: number, now: now.microseconds, seconds: seconds)
            switch found {
            case .used:
                credit.tenure = .used
                return
            case .free:
                (credit.isAlone, credit.isUnpaid) = (true, true)
                continue
            case .held: if desk.value.windows.draws[number].isOverdraft { credit.isAlone = true }
            case .waits: isWaiting = true
            }
            if isReserve, measure == .units { desk.value.windows.draws[number].needsReport = true }
            if desk.value.windows.draws[number].needsReport { credit.reserves &+= 1 }
            if number == 0 { credit.units = counted }
            credit.count &+= 1
        }
        if credit.count > 0 { credit.tenure = !isWaiting ? .held : mayWait ? .waits : .late }
        if credit.tenure == .late { desk.value.windows.wish(credit.count) }
    }

    /// Whether the conditions of a meter hold for the request, as far as the check knows.
    mutating func isBilled(_ number: Int, _ request: RawSpan) -> Bool {
        for index in 0..<desk.value.windows.conditionCount(number) {
            let condition = desk.value.windows.condition(number, index)
            let isNamed =
                facts.withValue(condition.slot, request, policy) { value in
                    condition.values.contains { wanted in wanted.withBytes { value.equals($0) } }
                } ?? false
            if isNamed == condition.isNegated { return false }
        }
        return true
    }

    /// Notes that the running check waits for its windows.
    mutating func parkCredit() {
        waitsForCredit = credit.tenure == .waits
        guard waitsForCredit else { return }
        desk.value.windows.park(credit.count)
        if !isRerun { desk.value.windows.counters.waited &+= 1 }
    }

    /// Draws what was found, as nothing was refused.
    mutating func drawCredit() {
        guard credit.isHeld else { return }
        // Where there is no room to remember it until its report, the estimate is what it costs.
        let isRoom = credit.reserves == 0 || opened.hasRoom(charges: openCount &+ credit.reserves)
        if !isRoom { credit.reserves = 0 }
        for number in 0..<credit.count {
            let isReserve = isRoom && desk.value.windows.draws[number].needsReport
            desk.value.windows.take(number, isReserve: isReserve)
        }
        name(draw: 0)
    }

    /// Has the cell to come say what a draw is paid by.
    private mutating func name(draw number: Int) {
        let tag = desk.value.windows.tags[Int(desk.value.windows.draws[number].tag)]
        facts.draw(tag)
        for index in 0..<Int(tag.codeCount) { facts.name(index, desk.value.windows.codes[Int(tag.codeStart) &+ index]) }
    }

    /// Counts what the further draws of the running check take, before its answer leaves: each in a cell of its own, which has only units.
    mutating func countDraws(_ request: RawSpan, _ ticket: Ticket) {
        desk.value.windows.draws[0].cell = ticket.cell
        for number in 1..<max(1, credit.count) {
            name(draw: number)
            let units = desk.value.windows.draws[number].units
            desk.value.windows.draws[number].cell = ledger.add(
                Totals(units: units), .admitted, ticket.hour, to: &usage, &facts, request, policy)
        }
    }

    /// Remembers what the draws of the running check have reserved, until its report.
    mutating func openCredit(_ ticket: Ticket, now: Instant) {
        let place = opened.find(ticket.serial) ?? opened.open(ticket.serial, owner: owner)
        for number in 0..<credit.count where desk.value.windows.draws[number].needsReport {
            opened.add(
                OpenCharge.credit(
                    desk.value.windows.draws[number], hour: ticket.hour, route: facts.route,
                    deadline: now.microseconds &+ reserveMicroseconds), to: place)
        }
    }

    /// Settles what a ticket has reserved by what its response was, each draw in its own cell.
    ///
    /// - Returns: units for the call's own cell; nil where it has reserved nothing.
    mutating func settleCredit(_ ticket: Ticket, _ response: ResponseFacts) -> UInt64? {
        guard desk.value.windows.isUsed, let open = opened.find(ticket.serial) else { return nil }
        var (own, isLearned): (UInt64?, Bool) = (nil, false)
        while let charge = opened.takeCharge(of: open, where: { $0.limit == OpenCharge.credit }) {
            if !isLearned { estimates.learn(response, route: Int(charge.price)) }
            isLearned = true
            let units = desk.value.windows.settle(charge, response)
            if charge.drawCell == ticket.cell {
                own = units
            } else if isOpen(charge) {
                // The class first: a kill in between counts the reserved units once more, never less.
                usage.add(
                    Totals(units: units), besides: charge.drawCell, hour: charge.drawHour,
                    outcome: .status(response.status))
                resolve(charge)
            }
        }
        return own
    }

    /// Whether the cell of a draw still takes something.
    private func isOpen(_ charge: OpenCharge) -> Bool {
        charge.drawHour >= usage.finalBefore && usage.isAdmitted(charge.drawCell, hour: charge.drawHour)
    }

    /// Takes what a draw has reserved out of its cell.
    private mutating func resolve(_ charge: OpenCharge) {
        usage.add(
            Totals(units: charge.reservedUnits), besides: charge.drawCell, hour: charge.drawHour, outcome: .resolved)
    }

    /// Whether a grant has paid for the check of a ticket, at once: its report changes nothing of what it cost.
    mutating func isPaid(_ ticket: Ticket) -> Bool {
        guard desk.value.windows.isUsed, usage.isAdmitted(ticket.cell, hour: ticket.hour) else { return false }
        return !usage.dimensions(of: usage.slot(Int(ticket.cell))).grant.isEmpty
    }

    /// No report came: what was reserved is what it cost; or, where the plan bills no such call, it goes back, and a report that comes
    /// after all counts nothing.
    mutating func keepCredit(_ charge: OpenCharge, of serial: UInt32) {
        if desk.value.windows.keep(charge) { return }
        desk.value.windows.counters.skipped &+= 1
        tickets.retire(serial)
        if isOpen(charge) { resolve(charge) }
    }

    /// What a check is told that nobody pays for.
    mutating func describeCredit(_ decision: inout Decision) {
        guard credit.isRefused else {
            if credit.isAlone, decision.verdict == .allow { describeOutage(&decision) }
            return
        }
        decision.verdict = .deny
        if credit.tenure == .used {
            desk.value.windows.counters.exhausted &+= 1
            (decision.reason, decision.status) = (.balance, 402)
            decision.retryAfterMicroseconds = CheckAnswer.never
        } else {
            desk.value.windows.counters.late &+= 1
            (decision.reason, decision.status) = (.overload, 503)
            decision.retryAfterMicroseconds = Self.creditRetry
        }
    }

    /// It passes only because no collector is there.
    private mutating func describeOutage(_ decision: inout Decision) {
        decision.state = .alone
        if credit.isUnpaid {
            desk.value.windows.counters.unpaid &+= 1
        } else {
            desk.value.windows.counters.overdrawn &+= 1
        }
    }

    /// When to come back where no collector has answered in time.
    private static var creditRetry: UInt64 { 1_000_000 }

    // MARK: The collector

    /// Whether a check waits for a call to the collector that was not made yet.
    package var isCreditUrgent: Bool { mutating get { desk.value.windows.isUrgent } }

    /// Takes out what windows have to say.
    ///
    /// - Parameters:
    ///   - sweep: windows that are looked at beside those that were used.
    ///   - seconds: since 1970, for grants that start soon.
    package mutating func takeCreditCalls(
        atMost maximum: Int, sweep: Int, now: Int64, seconds: Int64 = 0, into windows: inout [ExchangeQuestion.Window]
    ) {
        desk.value.windows.takeCalls(atMost: maximum, now: now, into: &windows)
        desk.value.windows.callAhead(atMost: maximum, now: now, seconds: seconds, into: &windows)
        desk.value.windows.sweep(sweep, atMost: maximum, now: now, into: &windows)
    }

    /// Takes what the collector says of a window.
    package mutating func takeCredit(_ answer: ExchangeAnswer.Window, now: Int64) {
        desk.value.windows.take(answer, now: now)
    }

    /// An exchange with the collector has failed.
    package mutating func loseCollector() { desk.value.windows.loseCollector() }

    package mutating func recallCredit(_ grant: RecordID) { desk.value.windows.recall(grant) }

    /// Forgets who waits, as those that wait are asked again.
    package mutating func unparkCredit() { desk.value.windows.unparkAll() }

    /// The agent stops: everything that was not spent goes back.
    package mutating func leaveCredit() -> [ExchangeQuestion.Window] { desk.value.windows.leave() }

    package var windowCounters: WindowCounters { mutating get { desk.value.windows.counters } }
    package var windowCount: Int { mutating get { desk.value.windows.count } }
}
