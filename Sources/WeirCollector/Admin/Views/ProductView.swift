import WeirBilling
import WeirStore

/// A product as the API shows it.
enum ProductView {
    static let fields = [
        Field("id", .reference, "its id"), Field("provider", .reference, "the id of its provider"),
        Field("slug", .slug, "its name in plans, commands and addresses"),
        Field("name", .text(1...200), "its name for people"),
        Field("docs_url", .nullable(.url), "where it is described"),
        Field("listed", .flag, "whether the catalogue page shows it"),
        Field("hosts", .list(.host, most: 64), "hosts of its requests; none: any"),
        Field("cost", .nullable(.amount), "what the provider itself pays, for cost_per calls"),
        Field("cost_currency", .nullable(.currency), "the currency of cost"),
        Field("cost_per", .nullable(.integer(1...1_000_000_000_000)), "for how many calls cost is"),
        Field("namespace", .nullable(.text(1...63)), "whose agents are told of it; none: all"),
        Field("created_at", .time, "when it was added"),
    ]

    static func json(_ row: ProductRow) -> JSONValue {
        let hasCost = !row.costCurrency.isEmpty
        return [
            "id": .text(row.id), "provider": .text(row.providerID), "slug": .text(row.slug), "name": .text(row.name),
            "docs_url": row.docsURL.isEmpty ? .null : .text(row.docsURL), "listed": .bool(row.isListed),
            "hosts": .list(row.hosts.split(separator: "|").map { .text(String($0)) }),
            "cost": hasCost ? .amount(row.costNano, row.costCurrency) : .null,
            "cost_currency": hasCost ? .text(row.costCurrency) : .null,
            "cost_per": hasCost ? .integer(row.costPer) : .null,
            "namespace": row.namespace.isEmpty ? .null : .text(row.namespace), "created_at": .time(row.createdAt),
        ]
    }
}

extension JSONValue {
    /// An amount as a decimal, with at least the currency's digits.
    static func amount(_ nano: Int64, _ currency: String) -> JSONValue {
        let money = Money(nano: nano, (try? Currency(currency)) ?? .placeholder)
        return .text(money.figure)
    }
}

extension Currency {
    /// For amounts whose currency is not chosen yet: two digits.
    fileprivate static let placeholder: Currency = {
        guard let currency = try? Currency("USD") else { preconditionFailure("USD is a currency") }
        return currency
    }()
}
