import WeirStore

/// A provider as the API shows it.
enum ProviderView {
    static let fields = [
        Field("id", .reference, "its id"), Field("slug", .slug, "its name in commands and addresses"),
        Field("name", .text(1...200), "its name for people"), Field("created_at", .time, "when it was added"),
    ]

    static func json(_ row: ProviderRow) -> JSONValue {
        ["id": .text(row.id), "slug": .text(row.slug), "name": .text(row.name), "created_at": .time(row.createdAt)]
    }
}
