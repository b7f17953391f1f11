/// The sixteen bytes before every frame.
///
/// ```
///  0       4     5     6       8               16
///  ├───────┼─────┼─────┼───────┼────────────────┤
///  │length │ver. │oper.│ flags │ id             │ payload …
///  └───────┴─────┴─────┴───────┴────────────────┘
/// ```
package struct FrameHeader: Equatable, Sendable {
    /// Bytes of the whole frame, this header included.
    package var length: Int
    package var operation: Operation
    package var flags: UInt16
    /// Chosen by the client; its answer carries it back.
    package var id: UInt64

    package init(length: Int, operation: Operation, flags: UInt16 = 0, id: UInt64) {
        self.length = length
        self.operation = operation
        self.flags = flags
        self.id = id
    }

    /// Flags in the high byte must be understood: one that the reader does not know refuses the frame. Others may be
    /// ignored.
    package static let mustUnderstand: UInt16 = 0xff00

    /// Reads the header at the start of `bytes`.
    ///
    /// - Returns: nil when fewer than sixteen bytes are there yet. A wrong length or version is told from the first bytes.
    /// - Throws: `badLength`, `badVersion`, `badOperation` or `badValue` (a flag that must be understood and is not).
    package init?(reading bytes: RawSpan, maximumLength: Int = WireLimits.maximumFrameBytes) throws(WireError) {
        if bytes.byteCount >= 4 {
            let length = bytes.uint32(0)
            guard length >= UInt32(WireLimits.headerBytes), length <= UInt32(maximumLength) else {
                throw WireError(.badLength, field: "length", offset: 0)
            }
        }
        if bytes.byteCount >= 5, bytes.byte(4) != WireLimits.version {
            throw WireError(.badVersion, field: "version", offset: 4)
        }
        guard bytes.byteCount >= WireLimits.headerBytes else { return nil }
        guard let operation = Operation(rawValue: bytes.byte(5)) else {
            throw WireError(.badOperation, field: "operation", offset: 5)
        }
        self.init(
            length: Int(bytes.uint32(0)), operation: operation, flags: bytes.uint16(6), id: bytes.uint64(8))
        guard flags & Self.mustUnderstand == 0 else {
            throw WireError(.badValue, field: "flags", offset: 6)
        }
    }

    package func write(to writer: inout ByteWriter) {
        writer.append(UInt32(length))
        writer.append(WireLimits.version)
        writer.append(operation.rawValue)
        writer.append(flags)
        writer.append(id)
    }
}
