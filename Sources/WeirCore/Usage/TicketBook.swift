/// Gives out tickets and takes each back once.
///
/// It keeps no ticket: a seal under a random key shows that it gave it, and one bit for each of the last 16,777,216, or more,
/// tells whether it was reported on. Older ones are refused, as they could be counted twice.
package struct TicketBook: ~Copyable {
    /// Tickets that are remembered at least: at 25,000 checks a second, the ten minutes of `WEIR_REPORT_DEADLINE`.
    package static let window: UInt32 = 1 << 24
    /// Tickets that are remembered at most, in 16 MiB: an hour of as many.
    package static let maximumWindow: UInt32 = 1 << 27
    private static let checksPerSecond = 25_000

    /// Tickets to remember where calls may be reported on for so many seconds: a power of two.
    package static func window(reportSeconds: Int) -> UInt32 {
        var window = window
        while window < maximumWindow, Int(window) < reportSeconds * checksPerSecond { window *= 2 }
        return window
    }

    private let secret: Hash128
    private let window: UInt32
    private var next: UInt32 = 1
    /// A bit for each serial number modulo the window: reported on.
    private var reported: FixedArray<UInt64>

    /// What a ticket is worth.
    package enum Claim: Sendable {
        case first
        case repeated
        case unknown
    }

    /// - Parameters:
    ///   - secret: random, for this incarnation only.
    ///   - window: tickets that are remembered, a power of two.
    package init(secret: Hash128, window: UInt32 = window) {
        precondition(window.nonzeroBitCount == 1 && window >= 128, "a power of two")
        self.secret = secret
        self.window = window
        reported = FixedArray(count: Int(window / 64), repeating: 0)
    }

    @inline(__always)
    package mutating func issue(cell: UInt32, hour: UInt32, units: UInt32) -> Ticket {
        let serial = next
        next &+= 1
        if serial & 63 == 0 { reported[Int(serial & (window &- 1)) / 64] = 0 }
        var ticket = Ticket(seal: 0, cell: cell, hour: hour, units: units, serial: serial)
        ticket.seal = seal(ticket)
        return ticket
    }

    @inline(__always)
    private func seal(_ ticket: Ticket) -> UInt64 {
        var hash = SipHash128(key: secret)
        hash.append(UInt64(ticket.cell) | UInt64(ticket.hour) << 32)
        hash.append(UInt64(ticket.units) | UInt64(ticket.serial) << 32)
        return hash.finish().low
    }

    /// Whether this incarnation gave the ticket.
    package func isGenuine(_ ticket: Ticket) -> Bool { !ticket.isNone && seal(ticket) == ticket.seal }

    /// Takes a ticket back that nobody brings: it was reported on, from now on.
    mutating func retire(_ serial: UInt32) {
        let age = next &- serial
        guard age > 0, age <= window &- 64 else { return }
        let place = Int(serial & (window &- 1))
        reported[place / 64] |= UInt64(1) << UInt64(place & 63)
    }

    /// Takes a ticket back.
    package mutating func claim(_ ticket: Ticket) -> Claim {
        let age = next &- ticket.serial
        // The word of the newest serials was cleared whole, so the oldest of the window share it.
        guard seal(ticket) == ticket.seal, age > 0, age <= window &- 64 else { return .unknown }
        let place = Int(ticket.serial & (window &- 1))
        let bit = UInt64(1) << UInt64(place & 63)
        guard reported[place / 64] & bit == 0 else { return .repeated }
        reported[place / 64] |= bit
        return .first
    }
}
