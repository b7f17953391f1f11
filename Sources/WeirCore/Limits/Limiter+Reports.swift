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
        settle(ticket, actual: report.cost, now: now)
        let reserved = UInt64(ticket.units)
        let amount = Totals(
            calls: 1, bytesIn: report.bytesIn, bytesOut: report.bytesOut, units: report.cost ?? reserved)
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
}
