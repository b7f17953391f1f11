/// What is only known after the response: one entry of a REPORT frame.
///
/// ```
///  0            24      26      28      32        40         48      56
///  ├────────────┼───────┼───────┼───────┼─────────┼──────────┼───────┤
///  │ ticket     │status │flags  │0      │ bytes in│ bytes out│ cost  │
///  └────────────┴───────┴───────┴───────┴─────────┴──────────┴───────┘
/// ```
package struct Report: Equatable, Sendable {
    package static let byteCount = 56
    /// Bytes before the first entry, header included.
    package static let fixedBytes = 24
    /// Header flag: send no answer.
    package static let quietFlag: UInt16 = 1 << 0
    /// Entry flag: `cost` holds the actual cost; without it, what was reserved was used.
    package static let costFlag: UInt16 = 1 << 0

    package var ticket: Ticket
    /// The HTTP status of the response, 100 to 599.
    package var status: UInt16
    package var bytesIn: UInt64
    package var bytesOut: UInt64
    /// The actual cost in units; nil when it is what was reserved.
    package var cost: UInt64?

    package init(ticket: Ticket, status: UInt16, bytesIn: UInt64 = 0, bytesOut: UInt64 = 0, cost: UInt64? = nil) {
        self.ticket = ticket
        self.status = status
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
        self.cost = cost
    }

    /// The number of entries of a REPORT frame, all of which fit in it.
    ///
    /// - Throws: `truncated`, `tooMany` or `badValue`.
    package static func count(in frame: RawSpan) throws(WireError) -> Int {
        guard frame.byteCount >= fixedBytes else {
            throw WireError(.truncated, field: "reports", offset: 16)
        }
        let count = Int(frame.uint16(16))
        guard count > 0 else { throw WireError(.badValue, field: "reports", offset: 16) }
        guard count <= WireLimits.maximumReports else { throw WireError(.tooMany, field: "reports", offset: 16) }
        guard frame.byteCount >= fixedBytes + count * byteCount else {
            throw WireError(.truncated, field: "report", offset: frame.byteCount)
        }
        return count
    }

    /// Reads entry `index` of a frame whose count was read.
    ///
    /// - Throws: `badValue` for a status outside 100 to 599, or an amount of 2⁶² or more.
    package init(reading frame: RawSpan, index: Int) throws(WireError) {
        let start = Self.fixedBytes + index * Self.byteCount
        let status = frame.uint16(start + 24)
        guard status >= 100, status < 600 else { throw WireError(.badValue, field: "status", offset: start + 24) }
        let hasCost = frame.uint16(start + 26) & Self.costFlag != 0
        self.init(
            ticket: Ticket(reading: frame, at: start), status: status,
            bytesIn: try Self.amount(frame, "bytes in", start + 32),
            bytesOut: try Self.amount(frame, "bytes out", start + 40),
            cost: hasCost ? try Self.amount(frame, "cost", start + 48) : nil)
    }

    /// An amount below 2⁶², so that sums of two stay in range.
    private static func amount(
        _ frame: RawSpan, _ field: StaticString, _ offset: Int
    ) throws(WireError) -> UInt64 {
        let value = frame.uint64(offset)
        guard value < 1 << 62 else { throw WireError(.badValue, field: field, offset: offset) }
        return value
    }

    /// A REPORT frame of 1 to 64 entries.
    package static func frame(_ reports: [Report], id: UInt64, isQuiet: Bool = false) -> [UInt8] {
        precondition(!reports.isEmpty && reports.count <= WireLimits.maximumReports, "1 to 64 reports in a frame")
        let length = fixedBytes + reports.count * byteCount
        return bytes(capacity: length) { writer in
            FrameHeader(length: length, operation: .report, flags: isQuiet ? quietFlag : 0, id: id).write(to: &writer)
            writer.append(UInt16(reports.count))
            writer.appendZeros(6)
            for report in reports {
                report.ticket.write(to: &writer)
                writer.append(report.status)
                writer.append(report.cost == nil ? 0 as UInt16 : costFlag)
                writer.append(0 as UInt32)
                writer.append(report.bytesIn)
                writer.append(report.bytesOut)
                writer.append(report.cost ?? 0)
            }
        }
    }
}
