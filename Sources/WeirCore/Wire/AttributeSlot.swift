/// The place of one attribute in `Attributes`: its number on the wire if well known, else a number of the running
/// policy's.
package struct AttributeSlot: Hashable, Sendable, BitwiseCopyable {
    package let index: UInt8

    /// Traps above `Attributes.capacity`: the policy's compiler has counted the names.
    package init(_ index: Int) {
        precondition(index > 0 && index < Attributes.capacity, "an attribute slot out of range")
        self.index = UInt8(index)
    }

    private init(wellKnown index: UInt8) { self.index = index }

    package static let apiKey = AttributeSlot(wellKnown: 1)
    package static let ip = AttributeSlot(wellKnown: 2)
    package static let method = AttributeSlot(wellKnown: 3)
    package static let path = AttributeSlot(wellKnown: 4)
    package static let host = AttributeSlot(wellKnown: 5)
    package static let user = AttributeSlot(wellKnown: 6)
    package static let consumer = AttributeSlot(wellKnown: 7)
    package static let plan = AttributeSlot(wellKnown: 8)
    package static let product = AttributeSlot(wellKnown: 9)
    package static let route = AttributeSlot(wellKnown: 10)

    /// The names of the well-known slots; the first is slot 1.
    package static let wellKnownNames = [
        "api_key", "ip", "method", "path", "host", "user", "consumer", "plan", "product", "route",
    ]

    /// Custom names that one policy may use: the slots that are left.
    package static let maximumCustomNames = Attributes.capacity - 1 - wellKnownNames.count

    /// The slot of a well-known name, or nil.
    package init?(name: String) {
        guard let index = Self.wellKnownNames.firstIndex(of: name) else { return nil }
        self.index = UInt8(index + 1)
    }
}
