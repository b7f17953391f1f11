/// What a frame asks for or answers. An answer carries its request's number with the high bit set.
package enum Operation: UInt8, Sendable, CaseIterable {
    case hello = 0x01
    case check = 0x02
    case report = 0x03
    case release = 0x04
    case ping = 0x05

    case helloAnswer = 0x81
    case checkAnswer = 0x82
    case reportAnswer = 0x83
    case releaseAnswer = 0x84
    case pingAnswer = 0x85
    /// Sent by the agent, unasked: no new requests on this connection, please.
    case goaway = 0x86
    /// Sent by the agent before it closes: what was wrong with the last frame.
    case error = 0xff

    /// Whether a client may send it.
    package var isRequest: Bool { rawValue < 0x80 }
}
