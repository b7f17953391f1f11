import WeirCore

/// Reads the arguments of a `weir-report` message.
struct SPOEReport {
    private var ticket: Ticket?
    private var status: UInt64?
    private var bytesIn: UInt64 = 0
    private var bytesOut: UInt64 = 0
    private var cost: UInt64?
    private var isUndecodable = false

    /// Amounts are below it, so that sums of two stay in range.
    private static let amountBound: UInt64 = 1 << 62

    /// Takes one argument; null is none, as of a request that was not checked or a response without a length.
    mutating func take(_ name: RawSpan, _ value: SPOPValue, of frame: RawSpan) {
        if case .null = value { return }
        switch name.byteCount {
        case 4 where name.equals("cost"): cost = amount(value, frame)
        case 6 where name.equals("status"): status = amount(value, frame)
        case 6 where name.equals("ticket"):
            if case .text(let range) = value { ticket = Ticket(text: frame.extracting(range.range)) }
        case 8 where name.equals("bytes_in"): bytesIn = amount(value, frame) ?? 0
        case 9 where name.equals("bytes_out"): bytesOut = amount(value, frame) ?? 0
        default: break
        }
    }

    private mutating func amount(_ value: SPOPValue, _ frame: RawSpan) -> UInt64? {
        // A header that is empty is missing.
        if case .text(let range) = value, range.isEmpty { return nil }
        guard let number = value.number(frame), number < Self.amountBound else {
            isUndecodable = true
            return nil
        }
        return number
    }

    /// What came, if it is whole.
    var outcome: Outcome {
        guard let ticket, !ticket.isNone else { return .noTicket }
        guard let status, (100...599).contains(status), !isUndecodable else { return .undecodable }
        return .report(
            Report(ticket: ticket, status: UInt16(status), bytesIn: bytesIn, bytesOut: bytesOut, cost: cost))
    }

    enum Outcome {
        case report(Report)
        /// The request was not checked: the agent was away, or the check was denied.
        case noTicket
        case undecodable
    }
}
