/// The attributes of one request: which are there, and where their values lie in the bytes they came in.
///
/// Slots 1 to 10 are the well-known attributes; those after are the custom names that the running policy uses, in its order.
/// Nothing is copied: whoever uses the attributes passes the same bytes along.
package struct Attributes: Sendable {
    /// Slots in the table; slot 0 is not used.
    package static let capacity = 32

    private var present: UInt32 = 0
    private var ranges = InlineArray<32, ByteRange>(repeating: ByteRange())

    package init() {}

    @inline(__always)
    package func has(_ slot: AttributeSlot) -> Bool { present & (1 << UInt32(slot.index)) != 0 }

    /// Where the value lies, or nil when the request lacks the attribute.
    @inline(__always)
    package subscript(slot: AttributeSlot) -> ByteRange? {
        has(slot) ? ranges[Int(slot.index)] : nil
    }

    package mutating func set(_ slot: AttributeSlot, _ range: ByteRange) {
        present |= 1 << UInt32(slot.index)
        ranges[Int(slot.index)] = range
    }

    package mutating func remove(_ slot: AttributeSlot) { present &= ~(1 << UInt32(slot.index)) }
}
