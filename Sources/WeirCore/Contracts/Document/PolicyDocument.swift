/// The policy document: what agents know of products, plans, subscriptions and keys. `protocol/policy.md` is its specification.
package enum PolicyDocument {
    /// The media type that collectors serve it as.
    package static let mediaType = "application/vnd.weir.policy"
    package static let name: StaticString = "weir-policy"
    /// The version of the format.
    package static let format: Int64 = 1

    /// Bytes of a document, of one line, of the fields of one line, and lines in all.
    package static let maximumBytes = 2 << 30
    package static let maximumLineBytes = 4 << 20
    package static let maximumRecords = 8 << 20

    /// Bytes of a name: a slug, a plan's or a meter's code, a route's name.
    package static let maximumNameBytes = 63
    /// Bytes of any other text, save a plan's rules.
    package static let maximumTextBytes = 1_024
    /// Entries of one list: the hosts of a product, the methods of a route, the products of a subscription.
    package static let maximumListEntries = 256
    /// Bytes of the name of an epoch.
    package static var maximumEpochBytes: Int { 64 }
}
