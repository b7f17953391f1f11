/// The sizes that version 1 of the native protocol allows; each is checked before anything is stored.
package enum WireLimits {
    /// The protocol's version, in every header.
    package static let version: UInt8 = 1
    /// Bytes of a frame's header.
    package static let headerBytes = 16
    /// Bytes of a whole frame, header included: holds the longest path that nginx accepts by default, with room.
    package static let maximumFrameBytes = 16_384
    /// Attributes in one CHECK.
    package static let maximumAttributes = 32
    /// Bytes of a custom attribute's name.
    package static let maximumNameBytes = 63
    /// Bytes of an attribute's value.
    package static let maximumValueBytes = 8_192
    /// Reports in one REPORT, and tickets in one RELEASE.
    package static let maximumReports = 64
    /// Bytes of a client's name in HELLO.
    package static let maximumClientNameBytes = 64
    /// The largest cost of one CHECK: four thousand million units, so that no sum of a day's checks overflows.
    package static let maximumCost = UInt64(UInt32.max)
    /// Requests that one connection may have unanswered.
    package static let maximumInFlight = 1_024
    /// Frames of one connection that are decided before others get their turn.
    package static let framesPerTurn = 64
    /// Bytes of the longest answer: a CHECK answer with the longest rule name and consumer id.
    package static let maximumAnswerBytes = 16 + CheckAnswer.fixedBytes + 63 + 255
}
