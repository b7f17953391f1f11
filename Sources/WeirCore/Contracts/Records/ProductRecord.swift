/// A product: an API that is sold. Requests are of it by host and path.
package struct ProductRecord: Equatable, Sendable {
    package var id: RecordID
    package var slug: String
    /// Lower case, `*` for any run of characters; empty for every host.
    package var hosts: [String]

    package init(id: RecordID, slug: String, hosts: [String]) {
        self.id = id
        self.slug = slug
        self.hosts = hosts
    }
}
