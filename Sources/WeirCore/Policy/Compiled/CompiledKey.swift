/// One attribute of a `by` list; the prefixes count for `ip` only.
struct CompiledKey: BitwiseCopyable, Sendable {
    var slot: AttributeSlot
    var ipv4Bits: UInt8
    var ipv6Bits: UInt8
}
