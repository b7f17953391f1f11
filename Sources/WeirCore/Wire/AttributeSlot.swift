/// The place of one attribute in `Attributes`: its number on the wire if well known, else a number of the running
/// policy's.
package struct AttributeSlot: Hashable, Sendable, BitwiseCopyable {
    package let index: UInt8

    /// Traps above `Attributes.capacity`: the policy's compiler has counted the names.
    package init(_ index: Int) {
        precondition(index > 0 && index < Attributes.capacity, "an attribute slot out of range")
        self.index = UInt8(index)
    }

    @inlinable
    init(wellKnown index: UInt8) { self.index = index }

    @inlinable package static var apiKey: AttributeSlot { AttributeSlot(wellKnown: 1) }
    @inlinable package static var ip: AttributeSlot { AttributeSlot(wellKnown: 2) }
    @inlinable package static var method: AttributeSlot { AttributeSlot(wellKnown: 3) }
    @inlinable package static var path: AttributeSlot { AttributeSlot(wellKnown: 4) }
    @inlinable package static var host: AttributeSlot { AttributeSlot(wellKnown: 5) }
    @inlinable package static var user: AttributeSlot { AttributeSlot(wellKnown: 6) }
    @inlinable package static var consumer: AttributeSlot { AttributeSlot(wellKnown: 7) }
    @inlinable package static var plan: AttributeSlot { AttributeSlot(wellKnown: 8) }
    @inlinable package static var product: AttributeSlot { AttributeSlot(wellKnown: 9) }
    @inlinable package static var route: AttributeSlot { AttributeSlot(wellKnown: 10) }

    /// The names of the well-known slots; the first is slot 1.
    package static let wellKnownNames = [
        "api_key", "ip", "method", "path", "host", "user", "consumer", "plan", "product", "route",
    ]

    /// How many those are, for the check path: an array would be looked up.
    package static var wellKnownCount: Int { 10 }

    /// Custom names that one policy may use: the slots that are left.
    package static var maximumCustomNames: Int { Attributes.capacity - 1 - wellKnownCount }

    /// The slot of a well-known name, or nil.
    package init?(name: String) {
        guard let index = Self.wellKnownNames.firstIndex(of: name) else { return nil }
        self.index = UInt8(index + 1)
    }
}
