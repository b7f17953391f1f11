/// RELEASE: the requests of these tickets are over; their concurrency slots are free.
///
/// ```
///  16      18                24
///  ├───────┼─────────────────┼──────────────────────
///  │count  │0                │ tickets of 24 bytes …
///  └───────┴─────────────────┴──────────────────────
/// ```
package enum Release {
    /// Bytes before the first ticket, header included.
    package static let fixedBytes = 24
    /// Bytes of the answer's payload: released u16, unknown u16, four reserved.
    package static let answerBytes = 8

    /// The number of tickets, all of which fit in the frame.
    ///
    /// - Throws: `truncated`, `tooMany` or `badValue`.
    package static func count(in frame: RawSpan) throws(WireError) -> Int {
        guard frame.byteCount >= fixedBytes else {
            throw WireError(.truncated, field: "tickets", offset: 16)
        }
        let count = Int(frame.uint16(16))
        guard count > 0 else { throw WireError(.badValue, field: "tickets", offset: 16) }
        guard count <= WireLimits.maximumReports else { throw WireError(.tooMany, field: "tickets", offset: 16) }
        guard frame.byteCount >= fixedBytes + count * Ticket.byteCount else {
            throw WireError(.truncated, field: "ticket", offset: frame.byteCount)
        }
        return count
    }

    /// Ticket `index` of a frame whose count was read.
    package static func ticket(in frame: RawSpan, index: Int) -> Ticket {
        Ticket(reading: frame, at: fixedBytes + index * Ticket.byteCount)
    }

    /// A RELEASE frame of 1 to 64 tickets.
    package static func frame(_ tickets: [Ticket], id: UInt64) -> [UInt8] {
        precondition(!tickets.isEmpty && tickets.count <= WireLimits.maximumReports, "1 to 64 tickets in a frame")
        let length = fixedBytes + tickets.count * Ticket.byteCount
        return bytes(capacity: length) { writer in
            FrameHeader(length: length, operation: .release, id: id).write(to: &writer)
            writer.append(UInt16(tickets.count))
            writer.appendZeros(6)
            for ticket in tickets { ticket.write(to: &writer) }
        }
    }

    /// How many slots an answer says were freed; 0 for one that is cut short.
    package static func released(in answer: RawSpan) -> Int {
        answer.byteCount >= WireLimits.headerBytes + answerBytes ? Int(answer.uint16(WireLimits.headerBytes)) : 0
    }

    package static func writeAnswer(released: Int, unknown: Int, id: UInt64, to writer: inout ByteWriter) {
        FrameHeader(length: WireLimits.headerBytes + answerBytes, operation: .releaseAnswer, id: id).write(to: &writer)
        writer.append(UInt16(released))
        writer.append(UInt16(unknown))
        writer.appendZeros(4)
    }
}
