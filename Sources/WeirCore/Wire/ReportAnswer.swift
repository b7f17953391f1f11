/// What became of the reports of one frame.
package struct ReportAnswer: Equatable, Sendable {
    /// Bytes after the header.
    package static let payloadBytes = 8

    /// Counted in the check's hour.
    package var accepted: UInt16 = 0
    /// Reported before; nothing changed.
    package var repeated: UInt16 = 0
    /// Counted as `late` in the current hour: the check's hour is final.
    package var late: UInt16 = 0
    /// Not a ticket of this incarnation, or too old to tell; nothing was counted.
    package var unknown: UInt16 = 0

    package init(accepted: UInt16 = 0, repeated: UInt16 = 0, late: UInt16 = 0, unknown: UInt16 = 0) {
        self.accepted = accepted
        self.repeated = repeated
        self.late = late
        self.unknown = unknown
    }

    package mutating func count(_ outcome: ReportOutcome) {
        switch outcome {
        case .accepted: accepted += 1
        case .repeated: repeated += 1
        case .late: late += 1
        case .unknown: unknown += 1
        }
    }

    package init(reading frame: RawSpan) throws(WireError) {
        guard frame.byteCount >= WireLimits.headerBytes + Self.payloadBytes else {
            throw WireError(.truncated, field: "accepted", offset: 16)
        }
        self.init(
            accepted: frame.uint16(16), repeated: frame.uint16(18), late: frame.uint16(20), unknown: frame.uint16(22))
    }

    package func write(id: UInt64, to writer: inout ByteWriter) {
        FrameHeader(length: WireLimits.headerBytes + Self.payloadBytes, operation: .reportAnswer, id: id)
            .write(to: &writer)
        writer.append(accepted)
        writer.append(repeated)
        writer.append(late)
        writer.append(unknown)
    }
}
