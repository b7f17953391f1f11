/// What the desk has done with keys.
package struct DeskCounters: Sendable, BitwiseCopyable {
    /// Digests that were worked out: keys that were in no cache.
    package var digests: UInt64 = 0
    /// Checks with a key whose form or checksum is wrong, and with one that nobody has.
    package var malformed: UInt64 = 0
    package var unknown: UInt64 = 0
    /// Checks of a product without a key.
    package var missing: UInt64 = 0

    package init() {}
}
