/// GOAWAY: the agent will close this connection; requests already sent are answered, new ones belong on another.
///
/// ```
///  16      18      20        24
///  ├───────┼───────┼─────────┤
///  │reason │0      │ grace   │
///  └───────┴───────┴─────────┘
/// ```
package struct Goaway: Equatable, Sendable {
    package static let byteCount = 24

    /// Why the agent goes.
    package enum Reason: UInt16, Sendable {
        /// The agent is stopping; a successor may already listen on the same path.
        case draining = 1
    }

    package var reason: UInt16
    /// Milliseconds until the agent closes.
    package var graceMilliseconds: UInt32

    package init(reason: Reason, graceMilliseconds: UInt32) {
        self.reason = reason.rawValue
        self.graceMilliseconds = graceMilliseconds
    }

    /// - Throws: `truncated`.
    package init(reading frame: RawSpan) throws(WireError) {
        guard frame.byteCount >= Self.byteCount else {
            throw WireError(.truncated, field: "reason", offset: 16)
        }
        reason = frame.uint16(16)
        graceMilliseconds = frame.uint32(20)
    }

    package func write(to writer: inout ByteWriter) {
        FrameHeader(length: Self.byteCount, operation: .goaway, id: 0).write(to: &writer)
        writer.append(reason)
        writer.append(0 as UInt16)
        writer.append(graceMilliseconds)
    }
}
