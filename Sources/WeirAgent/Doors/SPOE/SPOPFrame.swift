import WeirCore

/// The head of a frame that is here whole.
///
/// ```
///  0          4    5          9
///  ├──────────┼────┼──────────┼───────────┬──────────┬─────────
///  │length, BE│type│flags, BE │ stream id │ frame id │ payload
///  └──────────┴────┴──────────┴───────────┴──────────┴─────────
/// ```
/// The ids are variable-length integers; an answer repeats their bytes, and nothing else is made of them.
struct SPOPFrame {
    enum Kind: UInt8 {
        /// Goes on with a payload that was begun in a frame before.
        case unset = 0
        case haproxyHello = 1
        case haproxyDisconnect = 2
        case notify = 3
        case agentHello = 101
        case agentDisconnect = 102
        case ack = 103
    }

    /// Bytes of the length, which it does not count.
    static let lengthBytes = 4
    /// Bytes behind the length in the shortest frame.
    private static let minimumBytes = 7
    /// Bytes behind the length in the longest frame that is read, whatever was agreed on: HAProxy 3.2 has sent more than that.
    static let maximumBytes = 16_384 + 1_024
    private static let finFlag: UInt32 = 1 << 0
    private static let abortFlag: UInt32 = 1 << 1

    /// Bytes of the whole frame, its length included.
    let byteCount: Int
    /// Nil for a type that is not known.
    let kind: Kind?
    let ids: Range<Int>
    let payload: Range<Int>

    /// - Returns: nil when the frame is not here whole.
    /// - Throws: for a length that no frame has, as soon as it is here; for a part of a payload.
    init?(reading bytes: RawSpan) throws(SPOPError) {
        guard bytes.byteCount >= Self.lengthBytes else { return nil }
        let length = Int(bytes.uint32(0).byteSwapped)
        guard length <= Self.maximumBytes else { throw SPOPError(.tooBig, "expected a frame of at most 17408 bytes") }
        guard length >= Self.minimumBytes else { throw SPOPError(.invalid, "expected a frame of at least 7 bytes") }
        byteCount = Self.lengthBytes &+ length
        guard bytes.byteCount >= byteCount else { return nil }
        kind = Kind(rawValue: bytes.byte(4))
        let flags = bytes.uint32(5).byteSwapped
        guard flags & (Self.finFlag | Self.abortFlag) == Self.finFlag, kind != .unset else {
            throw SPOPError(.fragmentationUnsupported, "expected a whole payload in one frame")
        }
        var cursor = SPOPCursor(9..<byteCount)
        _ = try cursor.varint(bytes)
        _ = try cursor.varint(bytes)
        ids = 9..<cursor.offset
        payload = cursor.offset..<byteCount
    }

    /// Begins a frame.
    ///
    /// - Returns: where it begins, for `end`.
    static func begin(_ kind: Kind, ids: RawSpan, in output: inout ByteWriter) -> Int {
        let start = output.count
        output.append(0 as UInt32)
        output.append(kind.rawValue)
        output.append(finFlag.byteSwapped)
        output.append(ids)
        return start
    }

    /// Begins a frame that is of no stream.
    static func begin(_ kind: Kind, in output: inout ByteWriter) -> Int {
        let start = output.count
        output.append(0 as UInt32)
        output.append(kind.rawValue)
        output.append(finFlag.byteSwapped)
        output.append(0 as UInt16)
        return start
    }

    /// Puts the length in its place.
    static func end(_ start: Int, in output: inout ByteWriter) {
        output.patch(UInt32(output.count &- start &- lengthBytes).byteSwapped, at: start)
    }
}
