/// What an agent says to the shared authority about one limit key: one call, repeated until it is answered.
///
/// The numbers and their order are those of the script (`LeaseScript`) and of `Ask` in `Tests/Model/leases/ask.py`; which of
/// them count, and as what, depends on the kind.
package struct LeaseAsk: Equatable, Sendable, BitwiseCopyable {
    package enum Kind: Int64, Sendable, BitwiseCopyable {
        case bucket = 1
        case window = 2
        case slots = 3
    }

    package var kind: Kind
    /// Of this agent for this key.
    package var sequence: Int64
    /// Of the amounts; 0 where none is known.
    package var version: Int64 = 0
    package var amount: Int64
    /// A bucket's tokens per `per` microseconds; a window's start and end.
    package var numerator: Int64 = 0
    package var per: Int64 = 0
    /// Spent since the last call; of a window in all.
    package var spent: Int64 = 0
    /// Microseconds since the last token was spent.
    package var age: Int64 = 0
    /// Given back; of a window kept.
    package var back: Int64 = 0
    /// Spent without a lease; for a window 1 when its incarnation calls for the last time.
    package var extra: Int64 = 0
    /// For checks that wait, and of it for the oldest: less is not granted.
    package var need: Int64 = 0
    package var first: Int64 = 0
    /// For checks to come.
    package var ahead: Int64 = 0
    /// Microseconds that the lease shall live.
    package var life: Int64
    /// Per cent of the amount that may be out for checks to come.
    package var sharePercent: Int64

    /// As the script takes them.
    package var numbers: [Int64] {
        [
            kind.rawValue, sequence, version, amount, numerator, per, spent, age, back, extra, need, first, ahead, life,
            sharePercent,
        ]
    }
}
