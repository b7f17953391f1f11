/// The custom attribute names that the running policy uses, so that a check's names find their slots without a
/// dictionary.
package struct AttributeNames: ~Copyable, Sendable {
    private let bytes: FixedArray<UInt8>
    private let ranges: FixedArray<ByteRange>
    package let count: Int

    /// The names in slot order; at most `AttributeSlot.maximumCustomNames`, each of 1 to 63 bytes.
    package init(_ names: [String] = []) {
        precondition(names.count <= AttributeSlot.maximumCustomNames, "more custom attributes than slots")
        var text: [UInt8] = []
        var places: [ByteRange] = []
        for name in names {
            places.append(ByteRange(text.count..<text.count + name.utf8.count))
            text += name.utf8
        }
        bytes = FixedArray(text)
        ranges = FixedArray(places)
        count = names.count
    }

    /// The slot of a custom or well-known name in any of its spellings, or nil when the policy does not use it.
    package func slot(named name: RawSpan) -> AttributeSlot? {
        if let custom = customSlot(named: name) { return custom }
        switch name.byteCount {
        case 2 where name.equals("ip"): return .ip
        case 4 where name.equals("path"): return .path
        case 4 where name.equals("host"): return .host
        case 4 where name.equals("user"): return .user
        case 4 where name.equals("plan"): return .plan
        case 5 where name.equals("route"): return .route
        case 6 where name.equals("method"): return .method
        case 7 where name.equals("api_key"): return .apiKey
        case 7 where name.equals("product"): return .product
        case 8 where name.equals("consumer"): return .consumer
        default: return nil
        }
    }

    /// The slot of a custom name, or nil when the policy does not use it.
    package func customSlot(named name: RawSpan) -> AttributeSlot? {
        for index in 0..<count {
            let range = ranges[index]
            guard Int(range.count) == name.byteCount else { continue }
            if bytes.withBytes(range.range, { $0.equals(name) }) {
                return AttributeSlot(AttributeSlot.wellKnownNames.count + 1 + index)
            }
        }
        return nil
    }
}
