/// ERROR: the last frame that an agent sends on a connection whose client broke the protocol.
///
/// ```
///  16      18      20      22      24
///  ├───────┼───────┼───────┼───────┼──────────────
///  │code   │offset │length │0      │ message …
///  └───────┴───────┴───────┴───────┴──────────────
/// ```
package struct ErrorFrame: Equatable, Sendable {
    package static let fixedBytes = 24
    package static let maximumMessageBytes = 200

    /// A number of `WireError.Code`, or one that a newer agent knows.
    package var code: UInt16
    /// The offset of the field at fault in the frame at fault.
    package var offset: UInt16
    package var message: String

    package init(code: UInt16, offset: UInt16, message: String) {
        self.code = code
        self.offset = offset
        self.message = message
    }

    /// - Throws: `truncated`.
    package init(reading frame: RawSpan) throws(WireError) {
        guard frame.byteCount >= Self.fixedBytes else {
            throw WireError(.truncated, field: "code", offset: 16)
        }
        let length = Int(frame.uint16(20))
        guard Self.fixedBytes + length <= frame.byteCount else {
            throw WireError(.truncated, field: "message", offset: Self.fixedBytes)
        }
        self.init(
            code: frame.uint16(16), offset: frame.uint16(18),
            message: frame.extracting(Self.fixedBytes..<Self.fixedBytes + length).text)
    }

    /// Writes the frame for an error; `id` is that of the frame at fault, 0 when its header could not be read.
    package static func write(_ error: WireError, id: UInt64, to writer: inout ByteWriter) {
        let message = Array(error.description.utf8.prefix(maximumMessageBytes))
        FrameHeader(length: fixedBytes + message.count, operation: .error, id: id).write(to: &writer)
        writer.append(error.code.rawValue)
        writer.append(UInt16(clamping: error.offset))
        writer.append(UInt16(message.count))
        writer.append(0 as UInt16)
        message.withBytes { writer.append($0) }
    }
}
