/// The names of keys: `{wNNN}:NAMESPACE:NAME`, where NNN is the tag in three decimal digits.
package enum LeaseKey {
    /// Tags are 0…255: as many places as keys can be spread over.
    package static let tags = 256

    /// What stands in the braces: `wNNN`.
    package static func tag(_ number: Int) -> [UInt8] {
        [UInt8(ascii: "w")] + [number / 100, number / 10, number].map { UInt8(ascii: "0") + UInt8($0 % 10) }
    }

    /// What all keys of a tag begin with.
    package static func prefix(tag number: Int, namespace: String) -> [UInt8] {
        [UInt8(ascii: "{")] + tag(number) + Array("}:\(namespace):".utf8)
    }
}
