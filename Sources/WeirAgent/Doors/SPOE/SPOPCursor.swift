import WeirCore

/// Reads SPOP's fields one after the other out of a frame; each size is compared with what there is before it is used.
struct SPOPCursor {
    /// Bytes of the longest variable-length integer.
    private static let maximumVarintBytes = 10

    private(set) var offset: Int
    private let end: Int

    /// - Parameter range: what is read of the frames that the calls are given: always the same one.
    init(_ range: Range<Int>) {
        offset = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { offset >= end }

    @inline(__always)
    mutating func byte(_ frame: RawSpan) throws(SPOPError) -> UInt8 {
        guard offset < end else { throw .truncated }
        defer { offset &+= 1 }
        return frame.byte(offset)
    }

    /// An integer in the encoding of HAProxy's peers: one byte below 240; else that byte's value and, from bit 4 on, seven bits of
    /// each further byte, added up.
    @inline(__always)
    mutating func varint(_ frame: RawSpan) throws(SPOPError) -> UInt64 {
        let first = try byte(frame)
        if first < 240 { return UInt64(first) }
        return try longVarint(frame, first)
    }

    private mutating func longVarint(_ frame: RawSpan, _ first: UInt8) throws(SPOPError) -> UInt64 {
        var value = UInt64(first)
        var shift: UInt64 = 4
        for _ in 1..<Self.maximumVarintBytes {
            let next = try byte(frame)
            let part = UInt64(next) << shift
            let (sum, overflow) = value.addingReportingOverflow(part)
            guard part >> shift == UInt64(next), !overflow else { break }
            value = sum
            if next < 128 { return value }
            shift += 7
        }
        throw SPOPError(.invalid, "expected an integer of 64 bits in at most 10 bytes")
    }

    /// A length, and so many bytes.
    @inline(__always)
    mutating func text(_ frame: RawSpan) throws(SPOPError) -> ByteRange {
        let count = try varint(frame)
        guard count <= UInt64(end &- offset) else { throw .truncated }
        return bytes(Int(count))
    }

    /// So many bytes, which are there.
    @inline(__always)
    private mutating func bytes(_ count: Int) -> ByteRange {
        defer { offset &+= count }
        return ByteRange(offset..<offset &+ count)
    }

    mutating func value(_ frame: RawSpan) throws(SPOPError) -> SPOPValue {
        let first = try byte(frame)
        guard let kind = SPOPValue.Kind(rawValue: first & 0x0f) else {
            throw SPOPError(.invalid, "expected a value of a type from 0 to 9")
        }
        switch kind {
        case .null: return .null
        case .bool: return .bool(first & SPOPValue.trueFlag != 0)
        case .int32, .int64: return .signed(Int64(bitPattern: try varint(frame)))
        case .uint32, .uint64: return .unsigned(try varint(frame))
        case .ipv4:
            guard end &- offset >= 4 else { throw .truncated }
            return .ipv4(bytes(4))
        case .ipv6:
            guard end &- offset >= 16 else { throw .truncated }
            return .ipv6(bytes(16))
        case .string, .binary: return .text(try text(frame))
        }
    }
}
