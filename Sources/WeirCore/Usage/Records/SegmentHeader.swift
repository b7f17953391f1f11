/// The first 64 bytes of a journal segment, and of a batch on its way to the collector, which is one.
///
/// ```
///  0      4      6      8               24       32       40     44               60     64
///  ├──────┼──────┼──────┼───────────────┼────────┼────────┼──────┼────────────────┼──────┤
///  │ WJS1 │ ver. │ kind │ incarnation   │ number │ created│ salt │ 0              │ CRC  │
///  └──────┴──────┴──────┴───────────────┴────────┴────────┴──────┴────────────────┴──────┘
/// ```
/// The salt is random and goes into the CRC of every record, so that bytes of another segment never pass for this
/// one's.
package struct SegmentHeader: Equatable, Sendable {
    package static let byteCount = 64
    package static let version: UInt16 = 1
    static let magic: UInt32 = 0x3153_4a57

    /// What the segment holds.
    package enum Kind: UInt16, Sendable {
        /// Totals of cells that still change.
        case live = 1
        /// Totals of cells that never change again; also the form of a batch.
        case final = 2
    }

    package var kind: Kind
    package var incarnation: Hash128
    /// Counts the segments of one kind of an incarnation.
    package var number: UInt64
    /// Microseconds since 1970.
    package var created: UInt64
    package var salt: UInt32

    package init(kind: Kind, incarnation: Hash128, number: UInt64, created: UInt64, salt: UInt32) {
        self.kind = kind
        self.incarnation = incarnation
        self.number = number
        self.created = created
        self.salt = salt
    }

    /// - Throws: `foreign` for another version or byte order, `damaged` for anything else that is not this.
    package init(reading bytes: RawSpan) throws(SegmentError) {
        guard bytes.byteCount >= Self.byteCount else { throw SegmentError(.damaged, at: 0, "a segment's header") }
        guard bytes.uint32(0) == Self.magic else {
            let isSwapped = bytes.uint32(0) == Self.magic.byteSwapped
            throw SegmentError(isSwapped ? .foreign : .damaged, at: 0, "the mark WJS1")
        }
        guard bytes.uint16(4) == Self.version else { throw SegmentError(.foreign, at: 4, "version \(Self.version)") }
        guard CRC32C.checksum(bytes.extracting(0..<60)) == bytes.uint32(60) else {
            throw SegmentError(.damaged, at: 60, "the header's CRC")
        }
        guard let kind = Kind(rawValue: bytes.uint16(6)) else { throw SegmentError(.foreign, at: 6, "a known kind") }
        self.init(
            kind: kind, incarnation: Hash128(low: bytes.uint64(8), high: bytes.uint64(16)), number: bytes.uint64(24),
            created: bytes.uint64(32), salt: bytes.uint32(40))
    }

    package var encoded: [UInt8] {
        var header = bytes(capacity: Self.byteCount) { writer in
            writer.append(Self.magic)
            writer.append(Self.version)
            writer.append(kind.rawValue)
            writer.append(incarnation.low)
            writer.append(incarnation.high)
            writer.append(number)
            writer.append(created)
            writer.append(salt)
            writer.appendZeros(16)
        }
        let checksum = header.withBytes { CRC32C.checksum($0) }
        header += (0..<4).map { UInt8(truncatingIfNeeded: checksum >> UInt32($0 * 8)) }
        return header
    }
}
