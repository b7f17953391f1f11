/// The largest sizes that settings of the doors may have: what the protocol and the agent's readers can hold.
enum WireSizes {
    /// Bytes of a frame, as `protocol/README.md` has it.
    static let maximumFrameBytes = 16_384
    /// Bytes of a request's head: ranges in it are 16 bits wide.
    static let maximumHeadBytes = 65_535
}
