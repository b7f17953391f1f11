package import WeirCore

/// Counts the lines of access logs: pure, a line and a limiter.
package enum LogDoor {
    /// What became of a line.
    package enum Outcome: Int, CaseIterable, Equatable, Sendable {
        /// As of a REPORT.
        case accepted, repeated, late, unknown
        /// Counted by the line's attributes, as no ticket of this run tells which check it was.
        case attributed
        /// The check has counted the denial.
        case denied

        package var name: String { "\(self)" }
    }

    /// Counts a line: with a ticket exactly as its REPORT; else, and behind a restart, in the cell that a check with the same attributes
    /// would have used.
    ///
    /// - Parameter bytes: what the line was read from.
    package static func count(
        _ line: LogLine, in bytes: RawSpan, _ limiter: inout Limiter, now: Instant
    ) -> Outcome {
        switch line.check {
        case .denied: return .denied
        case .ticket(let ticket):
            let response = line.response
            let outcome = limiter.report(
                Report(
                    ticket: ticket, status: response.status, bytesIn: response.bytesIn, bytesOut: response.bytesOut,
                    cost: response.cost), now: now)
            switch outcome {
            case .accepted: return .accepted
            case .repeated: return .repeated
            case .late: return .late
            case .unknown:
                // The run that has checked it has counted the call.
                guard line.hasAttributes else { return .unknown }
                attribute(line, isCall: false, in: bytes, &limiter, now: now)
                return .attributed
            }
        case .unknown, .none:
            attribute(line, isCall: line.check == .none, in: bytes, &limiter, now: now)
            return .attributed
        }
    }

    private static func attribute(
        _ line: LogLine, isCall: Bool, in bytes: RawSpan, _ limiter: inout Limiter, now: Instant
    ) {
        limiter.attributes.clear()
        for index in 0..<line.customCount {
            let attribute = line.custom(index)
            if let slot = limiter.slot(named: bytes.extracting(attribute.name.range)) {
                limiter.attributes.set(slot, attribute.value)
            }
        }
        set(.apiKey, line.apiKey, &limiter)
        set(.ip, line.ip, &limiter)
        set(.method, line.method, &limiter)
        set(.path, line.path, &limiter)
        set(.host, line.host, &limiter)
        set(.user, line.user, &limiter)
        limiter.report(line.response, isCall: isCall, in: bytes, now: now)
    }

    private static func set(_ slot: AttributeSlot, _ value: ByteRange, _ limiter: inout Limiter) {
        if !value.isEmpty { limiter.attributes.set(slot, value) }
    }
}
