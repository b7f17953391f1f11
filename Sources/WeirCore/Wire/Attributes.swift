/// The attributes of one request: which are there, and where their values lie in the bytes they came in.
///
/// Slots 1 to 10 are the well-known attributes; those after are the custom names that the running policy uses, in its
/// order. Nothing is copied: whoever uses the attributes passes the same bytes along, and the table itself cannot be.
package struct Attributes: ~Copyable, Sendable {
    /// Slots in the table; slot 0 is not used.
    package static let capacity = 32

    @usableFromInline var present: UInt32 = 0
    /// Apart, so that the table itself is small: a large struct is lent by copying its bits.
    @usableFromInline var ranges = FixedArray<ByteRange>(count: capacity, repeating: ByteRange())

    package init() {}

    @inlinable
    @inline(__always)
    package func has(_ slot: AttributeSlot) -> Bool { present & (1 << UInt32(slot.index)) != 0 }

    /// Masks for `hasAny`: what tells who pays, and what the client says it is for.
    static var payers: UInt32 { 1 << 1 | 1 << 7 | 1 << 8 }
    static var products: UInt32 { 1 << 9 | 1 << 10 }
    /// What the policy document knows better than any client.
    static var contractual: UInt32 { 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 }

    @inline(__always)
    func hasAny(_ mask: UInt32) -> Bool { present & mask != 0 }

    /// Where the value lies, or nil when the request lacks the attribute.
    @inlinable
    package subscript(slot: AttributeSlot) -> ByteRange? {
        has(slot) ? ranges[Int(slot.index)] : nil
    }

    /// Forgets every attribute.
    @inlinable
    package mutating func clear() { present = 0 }

    @inlinable
    package mutating func set(_ slot: AttributeSlot, _ range: ByteRange) {
        present |= 1 << UInt32(slot.index)
        ranges[Int(slot.index)] = range
    }

    /// Sets the attribute of a well-known number, unless its value is empty, which is none; false when it is set already.
    @inline(__always)
    mutating func add(_ number: Int, _ range: ByteRange) -> Bool {
        let bit = UInt32(1) << UInt32(truncatingIfNeeded: number)
        if present & bit != 0 { return false }
        if range.count == 0 { return true }
        present |= bit
        ranges[number] = range
        return true
    }

    /// Removes those of a mask.
    @inline(__always)
    mutating func remove(_ mask: UInt32) { present &= ~mask }

    package mutating func remove(_ slot: AttributeSlot) { present &= ~(1 << UInt32(slot.index)) }
}
