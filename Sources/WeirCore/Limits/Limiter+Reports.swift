/// What is only known after the response.
extension Limiter {
    /// Counts what is known after the response, in the check's hour.
    package mutating func report(_ report: Report, now: Instant) -> ReportOutcome {
        switch tickets.claim(report.ticket) {
        case .unknown: return .unknown
        case .repeated: return .repeated
        case .first: break
        }
        let ticket = report.ticket
        let response = ResponseFacts(
            status: report.status, bytesIn: report.bytesIn, bytesOut: report.bytesOut, cost: report.cost)
        let reserved = UInt64(ticket.units)
        let units = settleCredit(ticket, response) ?? actualUnits(report, reserved: reserved)
        settle(ticket, actual: report.cost, now: now)
        takeAwaited(ticket, response, now: now)
        let amount = Totals(calls: 1, bytesIn: report.bytesIn, bytesOut: report.bytesOut, units: units)
        let current = max(now.hour, usage.finalBefore)
        guard usage.isAdmitted(ticket.cell, hour: ticket.hour) else {
            usage.addUnattributed(amount, hour: current, outcome: .late)
            return .late
        }
        guard ticket.hour >= usage.finalBefore else {
            usage.add(amount, besides: ticket.cell, hour: current, outcome: .late)
            return .late
        }
        // The class first: a kill in between counts the reserved units once more, never less.
        usage.add(amount, besides: ticket.cell, hour: ticket.hour, outcome: .status(report.status))
        usage.add(
            Totals(calls: 1, units: reserved), besides: ticket.cell, hour: ticket.hour, outcome: .resolved)
        return .accepted
    }

    /// What a report says that its request took; where a grant has paid for it at once, that is what it was.
    private mutating func actualUnits(_ report: Report, reserved: UInt64) -> UInt64 {
        guard let cost = report.cost, cost != reserved, !isPaid(report.ticket) else { return reserved }
        return cost
    }

    /// Counts a response that no ticket tells of, in the current hour, for the request whose attributes are in `attributes`; and takes
    /// what it tells from limits that count bytes or answers. No other limit is touched.
    ///
    /// - Parameters:
    ///   - isCall: whether nobody has counted the request as a call, as it was not checked. Else a check has, though nobody knows
    ///     which: status and bytes are added, and the units stay what that check has counted.
    ///   - bytes: what the attributes point into.
    package mutating func report(_ response: ResponseFacts, isCall: Bool, in bytes: RawSpan, now: Instant) {
        facts.derive(bytes, policy)
        if facts.product >= 0 { _ = identify(bytes, now: now) }
        let hour = max(now.hour, usage.finalBefore)
        let units = isCall ? response.cost ?? weigh(1) : 0
        let amount = Totals(calls: 1, bytesIn: response.bytesIn, bytesOut: response.bytesOut, units: units)
        let slot = ledger.add(amount, .status(response.status), hour, to: &usage, &facts, bytes, policy)
        if isCall {
            // As a check and its report would have: the call, and that its end is known.
            let call = Totals(calls: 1, units: units)
            usage.add(call, besides: slot, hour: hour, outcome: .admitted)
            usage.add(call, besides: slot, hour: hour, outcome: .resolved)
        }
        takeReported(response, in: bytes, now: now)
    }
}
