import WeirCore

/// What is known after the response.
public struct WeirReport: Sendable {
    /// The ticket of the check.
    public var ticket: WeirTicket
    /// The HTTP status of the response, 100 to 599.
    public var status: Int
    /// Bytes of the request.
    public var bytesIn: UInt64
    /// Bytes of the response.
    public var bytesOut: UInt64
    /// The actual cost in units; nil when it is what was reserved.
    public var cost: UInt64?

    /// Makes a report.
    public init(_ ticket: WeirTicket, status: Int, bytesIn: UInt64 = 0, bytesOut: UInt64 = 0, cost: UInt64? = nil) {
        self.ticket = ticket
        self.status = status
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
        self.cost = cost
    }

    var report: Report {
        Report(
            ticket: ticket.ticket, status: UInt16(clamping: status), bytesIn: bytesIn, bytesOut: bytesOut, cost: cost)
    }
}
