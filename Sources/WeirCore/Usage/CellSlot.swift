/// One cell in the hot table: a cache line in a mapped file, so that it outlives the process.
///
/// ```
///  0        8         16         24       32              48     52     56     60     64
///  ├────────┼─────────┼──────────┼────────┼───────────────┼──────┼──────┼──────┼──────┤
///  │ calls  │ bytes in│ bytes out│ units  │ key           │ hour │ dict.│ CRC  │ state│
///  └────────┴─────────┴──────────┴────────┴───────────────┴──────┴──────┴──────┴──────┘
/// ```
/// The CRC covers bytes 32 to 55 and the outcome. The state's low byte is 0 free, 2 ready or 3 final, its second byte
/// the outcome. State is written last: whatever instant a kill -9 hits, each total is whole, and a slot that is not
/// ready or whose CRC is wrong never had an answer sent for it.
package struct CellSlot: Sendable, BitwiseCopyable {
    package var totals: Totals
    package var key: Hash128
    package var hour: UInt32
    package var dictionary: UInt32
    private var checksum: UInt32
    private var state: UInt32

    static let free = CellSlot(
        totals: Totals(), key: Hash128(low: 0, high: 0), hour: 0, dictionary: 0, checksum: 0, state: 0)

    private init(totals: Totals, key: Hash128, hour: UInt32, dictionary: UInt32, checksum: UInt32, state: UInt32) {
        self.totals = totals
        self.key = key
        self.hour = hour
        self.dictionary = dictionary
        self.checksum = checksum
        self.state = state
    }

    /// A cell that has counted nothing yet.
    init(key: Hash128, hour: UInt32, outcome: Outcome, dictionary: UInt32) {
        self.init(
            totals: Totals(), key: key, hour: hour, dictionary: dictionary,
            checksum: Self.checksum(key, hour, dictionary, outcome.rawValue),
            state: 2 | UInt32(outcome.rawValue) << 8)
    }

    private static func checksum(_ key: Hash128, _ hour: UInt32, _ dictionary: UInt32, _ outcome: UInt8) -> UInt32 {
        var crc = CRC32C.checksum(word: key.low)
        crc = CRC32C.checksum(word: key.high, seed: crc)
        crc = CRC32C.checksum(word: UInt64(hour) | UInt64(dictionary) << 32, seed: crc)
        return CRC32C.checksum(word: UInt64(outcome), seed: crc)
    }

    package var isFree: Bool { state & 0xff == 0 }
    package var isFinal: Bool { state & 0xff == 3 }

    mutating func finalise() { state = state & ~0xff | 3 }

    /// Nil in a slot that is free or damaged.
    package var outcome: Outcome? { Outcome(rawValue: UInt8(truncatingIfNeeded: state >> 8)) }

    @inline(__always)
    func isCell(_ key: Hash128, _ hour: UInt32, _ outcome: Outcome) -> Bool {
        self.key == key && self.hour == hour && state & 0xff00 == UInt32(outcome.rawValue) << 8 && !isFree
    }

    /// Whether a slot read from a file holds what was written.
    package var isIntact: Bool {
        (state & 0xff == 2 || state & 0xff == 3) && outcome != nil
            && checksum == Self.checksum(key, hour, dictionary, UInt8(truncatingIfNeeded: state >> 8))
    }
}
