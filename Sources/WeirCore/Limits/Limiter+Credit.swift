/// Credit: what a consumer has bought. To a check a window is one more lease: it draws on it together with every limit, or on nothing.
extension Limiter {
    /// Finds the window that pays for the running check, in the order in which the consumer's grants are drawn on.
    ///
    /// - Parameter isReserve: whether the cost is an estimate, which the report corrects.
    mutating func secureCredit(_ request: RawSpan, _ units: UInt64, isReserve: Bool, now: Instant) {
        credit.units = units
        guard facts.isIdentified, facts.account != KnownKey.isFree else { return }
        guard facts.account >= 0 else {
            credit.tenure = .used
            return
        }
        let (account, seconds) = (Int(facts.account), now.wallMicroseconds / 1_000_000)
        credit.tenure = .used
        for index in 0..<desk.value.windows.drawCount(account) {
            let place = desk.value.windows.draw(account, index)
            let number = desk.value.windows.termsNumber(place)
            guard isBilled(number, request) else {
                credit.tenure = .free
                credit.units = 0
                return
            }
            let measure = desk.value.windows.measure(number)
            let counted = measure == .units ? units : UInt64(estimates.bytes(measure, route: facts.route))
            var cost = desk.value.windows.cost(of: counted, number)
            let finding = desk.value.windows.look(
                place, cost: &cost, isEstimate: measure != .units, now: now.microseconds, seconds: seconds)
            if finding == .used { continue }
            credit.place = place
            credit.cost = cost
            credit.need = measure == .units ? cost : min(cost, 1)
            credit.units = counted
            credit.needsReport = isReserve || desk.value.windows.needsReport(number)
            credit.tenure = finding == .held ? .held : mayWait ? .waits : .late
            if credit.tenure == .late { desk.value.windows.wish(place, need: credit.need) }
            return
        }
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

    /// Notes that the running check waits for its window.
    mutating func parkCredit() {
        waitsForCredit = credit.tenure == .waits
        guard waitsForCredit else { return }
        desk.value.windows.park(credit.place, need: credit.need)
        if !isRerun { desk.value.windows.counters.waited &+= 1 }
    }

    /// Draws what was found, as nothing was refused.
    mutating func drawCredit() {
        guard credit.isHeld else { return }
        // Where there is no room to remember it until its report, the estimate is what it costs.
        let isReserve = credit.needsReport && opened.hasRoom(charges: openCount &+ 1)
        credit.needsReport = isReserve
        desk.value.windows.take(credit.place, cost: credit.cost, isReserve: isReserve)
        facts.draw(desk.value.windows.grant(credit.place), desk.value.windows.digest(credit.place))
    }

    /// Remembers what the running check has reserved, until its report.
    mutating func openCredit(_ ticket: Ticket, now: Instant) {
        guard credit.isHeld, credit.needsReport else { return }
        let place = opened.find(ticket.serial) ?? opened.open(ticket.serial, owner: owner)
        opened.add(
            OpenCharge(
                key: desk.value.windows.grant(credit.place).bits, limit: OpenCharge.credit, tokens: credit.cost,
                price: Int64(facts.route),
                deadline: now.microseconds &+ reserveMicroseconds, windowEnd: 0, isSlots: false, isOverflow: false),
            to: place)
    }

    /// Settles what a ticket has reserved by what its response was.
    ///
    /// - Returns: units for the cell of the response's class; nil where nothing was reserved.
    mutating func settleCredit(_ ticket: Ticket, _ response: ResponseFacts) -> UInt64? {
        guard desk.value.windows.count > 0, let open = opened.find(ticket.serial),
            let charge = opened.takeCharge(of: open, where: { $0.limit == OpenCharge.credit })
        else { return nil }
        estimates.learn(response, route: Int(charge.price))
        return desk.value.windows.settle(charge, response, reservedUnits: UInt64(ticket.units))
    }

    /// Whether a grant has paid for the check of a ticket, at once: its report changes nothing of what it cost.
    mutating func isPaid(_ ticket: Ticket) -> Bool {
        guard desk.value.windows.count > 0, usage.isAdmitted(ticket.cell, hour: ticket.hour) else { return false }
        return !usage.dimensions(of: usage.slot(Int(ticket.cell))).grant.isEmpty
    }

    /// No report came: what was reserved is what it cost.
    mutating func keepCredit(_ charge: OpenCharge) { desk.value.windows.keep(charge) }

    /// What a check is told that nobody pays for.
    mutating func describeCredit(_ decision: inout Decision) {
        guard credit.isRefused else { return }
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

    /// When to come back where no collector has answered in time.
    private static var creditRetry: UInt64 { 1_000_000 }

    // MARK: The collector

    /// Whether a check waits for a call to the collector that was not made yet.
    package var isCreditUrgent: Bool { mutating get { desk.value.windows.isUrgent } }

    /// Takes out what windows have to say.
    ///
    /// - Parameter sweep: windows that are looked at beside those that were used.
    package mutating func takeCreditCalls(
        atMost maximum: Int, sweep: Int, now: Int64, into windows: inout [ExchangeQuestion.Window]
    ) {
        desk.value.windows.takeCalls(atMost: maximum, now: now, into: &windows)
        desk.value.windows.sweep(sweep, atMost: maximum, now: now, into: &windows)
    }

    /// Takes what the collector says of a window.
    package mutating func takeCredit(_ answer: ExchangeAnswer.Window, now: Int64) {
        desk.value.windows.take(answer, now: now)
    }

    package mutating func recallCredit(_ grant: RecordID) { desk.value.windows.recall(grant) }

    /// Forgets who waits, as those that wait are asked again.
    package mutating func unparkCredit() { desk.value.windows.unparkAll() }

    /// The agent stops: everything that was not spent goes back.
    package mutating func leaveCredit() -> [ExchangeQuestion.Window] { desk.value.windows.leave() }

    package var windowCounters: WindowCounters { mutating get { desk.value.windows.counters } }
    package var windowCount: Int { mutating get { desk.value.windows.count } }
}
