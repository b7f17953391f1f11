import Synchronization

/// The order of ids that one process makes: within a millisecond each is one more than the last, as ULIDs are.
final class IdentifierSequence: Sendable {
    /// That of all ids whose random bits are the machine's.
    static let process = IdentifierSequence()
    /// How far the clock may go back, in milliseconds, without ids doing so. Beyond, it was wrong before.
    private static let patience: UInt64 = 1_000

    private let last = Mutex<UInt128>(0)

    /// The bits of the next id.
    ///
    /// - Parameters:
    ///   - time: milliseconds since 1970, 48 bits.
    ///   - random: 80 random bits, for the first id of a millisecond.
    func next(_ time: UInt64, random: () -> UInt128) -> UInt128 {
        last.withLock { last in
            let before = UInt64(truncatingIfNeeded: last >> 80)
            if time <= before, before - time < Self.patience {
                last &+= 1
            } else {
                last = UInt128(time) << 80 | random()
            }
            return last
        }
    }
}
