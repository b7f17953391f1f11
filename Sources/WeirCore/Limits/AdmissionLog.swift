/// Every spending of tokens, in memory that outlives the agent: what `weir prove` holds against the bound.
///
/// ```
///  0          8          16      24     32      64
///  ├──────────┼──────────┼───────┼──────┼───────┼─────────────────────────────────────
///  │ WEIRADM1 │ capacity │ count │ lost │ 0     │ records of 32 bytes
///  └──────────┴──────────┴───────┴──────┴───────┴─────────────────────────────────────
/// ```
/// It is off unless it is given memory. A record is there before the answer leaves. When it is full it says so in its header, as
/// what is missing from it proves nothing.
package struct AdmissionLog: ~Copyable, Sendable {
    private static let magic: UInt64 = 0x314d_4441_5249_4557
    private static let headerBytes = 64
    private static let (magicPlace, capacityPlace, countPlace, lostPlace) = (0, 1, 2, 3)

    private var header: FixedArray<UInt64>
    private var records: FixedArray<AdmissionRecord>
    private let capacity: Int

    /// Nothing is noted.
    package static var off: AdmissionLog { AdmissionLog() }

    private init() {
        header = FixedArray(count: 1, repeating: 0)
        records = FixedArray(count: 0, repeating: AdmissionRecord(key: 0, microseconds: 0, tokens: 0))
        capacity = 0
    }

    /// Goes on with what is in the memory, which is zeroed or was a log of the same size.
    ///
    /// - Parameter region: aligned to 64 bytes; outlives the log.
    /// - Returns: nil where the memory holds something else, or has no room for a record.
    package init?(over region: UnsafeMutableRawBufferPointer) {
        let capacity = (region.count - Self.headerBytes) / MemoryLayout<AdmissionRecord>.stride
        guard capacity > 0 else { return nil }
        var header = unsafe FixedArray<UInt64>(
            over: UnsafeMutableRawBufferPointer(rebasing: region[..<Self.headerBytes]))
        if header[Self.magicPlace] == 0, header[Self.countPlace] == 0 {
            header[Self.capacityPlace] = UInt64(capacity)
            header[Self.magicPlace] = Self.magic
        }
        guard header[Self.magicPlace] == Self.magic, header[Self.capacityPlace] == UInt64(capacity),
            header[Self.countPlace] <= UInt64(capacity)
        else { return nil }
        self.header = header
        records = unsafe FixedArray(over: UnsafeMutableRawBufferPointer(rebasing: region[Self.headerBytes...]))
        self.capacity = capacity
    }

    /// Bytes of a log of so many records.
    package static func byteCount(_ records: Int) -> Int {
        headerBytes + records * MemoryLayout<AdmissionRecord>.stride
    }

    @inline(__always)
    package var isOn: Bool { capacity > 0 }

    /// Records that are in it, and those that had no room.
    package var count: Int { isOn ? Int(header[Self.countPlace]) : 0 }
    package var lost: Int { isOn ? Int(header[Self.lostPlace]) : 0 }

    package subscript(index: Int) -> AdmissionRecord {
        precondition(index < count, "a record that is not there")
        return records[index]
    }

    package mutating func append(_ record: AdmissionRecord) {
        let count = Int(truncatingIfNeeded: header[Self.countPlace])
        guard count < capacity else {
            header[Self.lostPlace] &+= 1
            return
        }
        records[count] = record
        header[Self.countPlace] = UInt64(count &+ 1)
    }

    /// Notes what a match has just spent.
    mutating func append(_ match: Match, now: Int64) {
        var flags: UInt32 = 0
        if match.source == .alone || match.source == .open { flags |= AdmissionRecord.alone }
        if match.isOverflow { flags |= AdmissionRecord.overflow }
        if !match.isEnforced { flags |= AdmissionRecord.shadow }
        append(
            AdmissionRecord(
                key: match.key.low, microseconds: now, tokens: match.tokens, limit: UInt32(match.limit), flags: flags))
    }
}
