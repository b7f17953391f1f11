/// Tokens that one check has spent of one limit key.
package struct AdmissionRecord: Equatable, Sendable, BitwiseCopyable {
    /// The low half of the limit key; of a window it names the window too.
    package var key: UInt64
    /// Of the boot clock, which all processes of a machine share, so that records of several agents can be merged.
    package var microseconds: Int64
    package var tokens: Int64
    /// The limit's number in the policy that was in force.
    package var limit: UInt32
    package var flags: UInt32

    /// The outage policy has spent them, without the store.
    package static let alone: UInt32 = 1
    /// They are of the limit's overflow entry, as the key had no place of its own.
    package static let overflow: UInt32 = 2
    /// The limit is only counted, not enforced.
    package static let shadow: UInt32 = 4

    package init(key: UInt64, microseconds: Int64, tokens: Int64, limit: UInt32 = 0, flags: UInt32 = 0) {
        self.key = key
        self.microseconds = microseconds
        self.tokens = tokens
        self.limit = limit
        self.flags = flags
    }

    /// Whether the outage policy has spent them.
    package var isAlone: Bool { flags & Self.alone != 0 }
}
