/// The 48 bytes before every record of a segment.
///
/// ```
///  0      4      6      8        16       24        32      36      40      44     48
///  ├──────┼──────┼──────┼────────┼────────┼─────────┼───────┼───────┼───────┼──────┤
///  │ WJR1 │ type │ 0    │ number │ wall   │monotonic│length │ CRC   │ count │ CRC  │ payload …
///  └──────┴──────┴──────┴────────┴────────┴─────────┴───────┴───────┴───────┴──────┘
/// ```
/// The second CRC covers the header alone: a torn length cannot make a reader wait for bytes that never come. Both are
/// seeded with the segment's salt. Records are padded to eight bytes.
struct RecordHeader {
    static let byteCount = 48
    static let magic: UInt32 = 0x3152_4a57
    /// Bytes of the longest payload: readers refuse more before they look for it.
    static let maximumPayloadBytes = 1 << 20

    enum Kind: UInt16 {
        /// Dimensions by their number in this segment: number u32, length u16, 0 u16, key 16 bytes, texts.
        case dimensions = 1
        /// Totals: dimensions u32, hour u32, outcome u32, mark of the key u32, calls, bytes in, bytes out, units.
        case totals = 2
        /// What windows of limit keys have counted: key 16 bytes, end u64, amount u64, used u64, flags u64 (1: overflow).
        case windows = 3
    }

    /// Nil for a kind that a later version writes: its records are skipped.
    var kind: Kind?
    var length: Int
    var payloadChecksum: UInt32
    var count: Int

    /// Bytes of the record, padding included.
    var recordBytes: Int { Self.byteCount + (length + 7) / 8 * 8 }

    /// Nil when there is no whole, right header at the start of `bytes`.
    init?(reading bytes: RawSpan, salt: UInt32) {
        guard bytes.byteCount >= Self.byteCount, bytes.uint32(0) == Self.magic,
            CRC32C.checksum(bytes.extracting(0..<44), seed: salt) == bytes.uint32(44),
            bytes.uint32(32) <= UInt32(Self.maximumPayloadBytes)
        else { return nil }
        kind = Kind(rawValue: bytes.uint16(4))
        length = Int(bytes.uint32(32))
        payloadChecksum = bytes.uint32(36)
        count = Int(bytes.uint32(40))
    }

    /// A whole record: header, payload, padding.
    static func record(_ kind: Kind, payload: [UInt8], count: Int, stamp: RecordStamp, salt: UInt32) -> [UInt8] {
        var record = bytes(capacity: byteCount) { writer in
            writer.append(magic)
            writer.append(kind.rawValue)
            writer.append(0 as UInt16)
            writer.append(stamp.number)
            writer.append(UInt64(bitPattern: stamp.wallMicroseconds))
            writer.append(UInt64(bitPattern: stamp.monotonicMicroseconds))
            writer.append(UInt32(payload.count))
            writer.append(payload.withBytes { CRC32C.checksum($0, seed: salt) })
            writer.append(UInt32(count))
        }
        let checksum = record.withBytes { CRC32C.checksum($0, seed: salt) }
        record += (0..<4).map { UInt8(truncatingIfNeeded: checksum >> UInt32($0 * 8)) }
        record += payload
        record += [UInt8](repeating: 0, count: (8 - payload.count % 8) % 8)
        return record
    }
}
