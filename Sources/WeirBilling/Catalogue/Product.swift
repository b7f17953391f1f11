/// An API that is sold: which requests belong to it, and what it costs its provider.
package struct Product: Hashable, Sendable {
    package let slug: String
    /// For people.
    package let name: String
    /// Hosts of its requests, `*.` in front for all below one; empty for any.
    package let hosts: [String]
    /// Patterns of its paths; empty for any.
    package let paths: [String]
    /// What its provider pays for it; nil for nothing.
    package let upstreamCost: UpstreamCost?
    package let docsURL: String?
    /// Whether the page of products shows it.
    package let isListed: Bool

    package init(
        slug: String, name: String, hosts: [String] = [], paths: [String] = [], upstreamCost: UpstreamCost? = nil,
        docsURL: String? = nil, isListed: Bool = true
    ) throws(BillingError) {
        self.slug = try CatalogueText.slug(slug, "slug")
        self.name = try CatalogueText.name(name, "name")
        self.hosts = try CatalogueText.list(hosts, most: CatalogueLimits.hosts, "hosts", CatalogueText.host)
        self.paths = try CatalogueText.list(paths, most: CatalogueLimits.paths, "paths", CatalogueText.path)
        self.upstreamCost = upstreamCost
        if let docsURL { _ = try CatalogueText.url(docsURL, "docs_url") }
        self.docsURL = docsURL
        self.isListed = isListed
    }
}
