/// Who sells: one of several on one installation.
package struct Provider: Hashable, Sendable {
    package let slug: String
    /// For people.
    package let name: String

    package init(slug: String, name: String) throws(BillingError) {
        self.slug = try CatalogueText.slug(slug, "slug")
        self.name = try CatalogueText.name(name, "name")
    }
}
