import HTTPTypes
import WeirStore

/// Providers, products, routes and meters.
enum SoldEndpoints {
    static let all = providers + products + routes + meters

    // MARK: Providers

    private static let providers: [Endpoint] = [
        .add(
            "/v1/providers", "addProvider", "Add a provider", [.admin], keying: .optional,
            body: [
                Field("slug", .slug, "its name in commands and addresses"),
                Field(optional: "name", .text(1...200), "its name for people; the slug"),
            ], ProviderView.fields
        ) { call, catalogue throws(StoreError) in
            let slug = call.fields.text("slug", or: "")
            let row = try catalogue.add(ProviderRow(slug: slug, name: call.fields.text("name", or: slug)))
            return Change(Answer(.created, ProviderView.json(row)), "provider.add", row.id)
        },
        .list("/v1/providers", "listProviders", "List providers", Endpoint.readers, of: ProviderView.fields) {
            call, catalogue throws(StoreError) in
            call.page(
                try catalogue.list(ProviderRow.self, after: call.place, limit: call.limit + 1), ProviderView.json)
        },
        .show("/v1/providers/{provider}", "showProvider", "Show a provider", Endpoint.readers, ProviderView.fields) {
            call, catalogue throws(StoreError) in
            ProviderView.json(
                try catalogue.provider(call.parameter("provider"), field: "provider", .missing))
        },
    ]

    // MARK: Products

    private static let productFields = [
        Field(optional: "name", .text(1...200), "its name for people; the slug"),
        Field(optional: "docs_url", .url, "where it is described"),
        Field(optional: "listed", .flag, "whether the catalogue page shows it (true)"),
        Field(optional: "hosts", .list(.host, most: 64), "hosts of its requests (any)"),
        Field(optional: "cost", .amount, "what the provider itself pays, for cost_per calls"),
        Field(optional: "cost_currency", .currency, "the currency of cost"),
        Field(optional: "cost_per", .integer(1...1_000_000_000_000), "for how many calls cost is (1)"),
    ]

    /// Puts the fields that were given into a product.
    private static func apply(_ fields: Fields, to product: inout ProductRow) throws(StoreError) {
        if let name = fields.text("name") { product.name = name }
        if let url = fields.text("docs_url") { product.docsURL = url }
        if let isListed = fields.flag("listed") { product.isListed = isListed }
        if let hosts = fields.texts("hosts") { product.hosts = hosts.joined(separator: "|") }
        if let currency = fields.text("cost_currency") { product.costCurrency = currency }
        if let nano = fields.nano("cost") { product.costNano = nano }
        if let per = fields.integer("cost_per") { product.costPer = per }
        if fields.has("cost"), product.costCurrency.isEmpty {
            throw .refused(.invalid, "cost_currency", "expected the currency of cost, found nothing")
        }
    }

    private static let products: [Endpoint] = [
        .add(
            "/v1/products", "addProduct", "Add a product", Endpoint.sellers, keying: .optional,
            body: [
                Field("provider", .reference, "the id or slug of its provider"),
                Field("slug", .slug, "its name in plans, commands and addresses"),
                Field(
                    optional: "namespace", .text(1...63),
                    "whose agents are told of it, for good: those of this WEIR_NAMESPACE (all)"),
            ] + productFields, ProductView.fields
        ) { call, catalogue throws(StoreError) in
            let provider = try catalogue.provider(call.fields.text("provider", or: ""), field: "provider")
            try call.principal.require(provider: provider.id)
            let slug = call.fields.text("slug", or: "")
            var draft = ProductRow(
                providerID: provider.id, slug: slug, name: slug, docsURL: "", isListed: true, hosts: "",
                costCurrency: "", costNano: 0, costPer: 1, namespace: call.fields.text("namespace", or: ""))
            try apply(call.fields, to: &draft)
            let row = try catalogue.add(draft)
            return Change(Answer(.created, ProductView.json(row)), "product.add", row.id)
        },
        .list(
            "/v1/products", "listProducts", "List products", Endpoint.readers,
            query: [Field(optional: "provider", .reference, "only those of a provider")], of: ProductView.fields
        ) { call, catalogue throws(StoreError) in
            var filters: [(String, SQLValue)] = []
            if let reference = call.query.text("provider") {
                filters = [("provider_id", .text(try catalogue.provider(reference, field: "provider").id))]
            }
            return call.page(
                try catalogue.list(ProductRow.self, where: filters, after: call.place, limit: call.limit + 1),
                ProductView.json)
        },
        .show("/v1/products/{product}", "showProduct", "Show a product", Endpoint.readers, ProductView.fields) {
            call, catalogue throws(StoreError) in
            ProductView.json(try catalogue.product(call.parameter("product"), field: "product", .missing))
        },
        .change(
            .patch, "/v1/products/{product}", "changeProduct", "Change what is said of a product", Endpoint.sellers,
            body: productFields, ProductView.fields
        ) { call, catalogue throws(StoreError) in
            let old = try catalogue.product(call.parameter("product"), field: "product", .missing)
            try call.principal.require(provider: old.providerID)
            var row = old
            try apply(call.fields, to: &row)
            if row != old { row = try catalogue.change(row) }
            return Change(Answer(.ok, ProductView.json(row)), "product.change", row.id, before: ProductView.json(old))
        },
    ]

    // MARK: Routes

    private static let routes: [Endpoint] = [
        .add(
            "/v1/products/{product}/routes", "addRoute", "Add a route to a product", Endpoint.sellers,
            keying: .optional,
            body: [
                Field("name", .code, "its name in rules, filters and usage"),
                Field("path", .path, "a pattern of paths: * is any run of characters, ? is one"),
                Field(optional: "methods", .list(.method, most: 16), "methods (all)"),
                Field(optional: "weight", .integer(1...1_000_000), "units of a call (1)"),
                Field(
                    optional: "order", .integer(-1_000_000_000...1_000_000_000),
                    "routes with a lower one are tried before (0)"),
            ], RouteView.fields
        ) { call, catalogue throws(StoreError) in
            let product = try catalogue.product(call.parameter("product"), field: "product", .missing)
            try call.principal.require(provider: product.providerID)
            let row = try catalogue.add(
                RouteRow(
                    productID: product.id, name: call.fields.text("name", or: ""),
                    methods: (call.fields.texts("methods") ?? []).joined(separator: "|"),
                    path: call.fields.text("path", or: ""), weight: call.fields.integer("weight") ?? 1,
                    place: call.fields.integer("order") ?? 0))
            return Change(Answer(.created, RouteView.json(row)), "route.add", row.id)
        },
        .list(
            "/v1/products/{product}/routes", "listRoutes", "List the routes of a product", Endpoint.readers,
            of: RouteView.fields
        ) { call, catalogue throws(StoreError) in
            let product = try catalogue.product(call.parameter("product"), field: "product", .missing)
            return call.page(
                try catalogue.list(
                    RouteRow.self, where: [("product_id", .text(product.id))], after: call.place, limit: call.limit + 1),
                RouteView.json)
        },
        .change(
            .delete, "/v1/routes/{route}", "removeRoute", "Remove a route", Endpoint.sellers, body: [],
            RouteView.fields
        ) { call, catalogue throws(StoreError) in
            let row = try catalogue.route(call.parameter("route"))
            let product = try catalogue.product(row.productID, field: "route", .missing)
            try call.principal.require(provider: product.providerID)
            try catalogue.remove(row)
            return Change(
                Answer(.ok, RouteView.json(row)), "route.remove", row.id, before: RouteView.json(row), after: .null)
        },
    ]

    // MARK: Meters

    private static let meters: [Endpoint] = [
        .add(
            "/v1/products/{product}/meters", "addMeter", "Add a meter to a product", Endpoint.sellers,
            keying: .optional,
            body: [
                Field("code", .code, "its name in plans"),
                Field("dimension", .choice(MeterView.dimensions), "what it counts"),
                Field(
                    optional: "filter", .text(0...1_000), "which calls are billed, such as status=2xx method=GET (all)"),
            ], MeterView.fields
        ) { call, catalogue throws(StoreError) in
            let product = try catalogue.product(call.parameter("product"), field: "product", .missing)
            try call.principal.require(provider: product.providerID)
            let code = call.fields.text("code", or: "")
            let filter = try CatalogueWords.filter(call.fields.text("filter", or: ""), code: code)
            let row = try catalogue.add(
                MeterRow(
                    productID: product.id, code: code, dimension: call.fields.choice("dimension", or: .calls),
                    filter: filter))
            return Change(Answer(.created, MeterView.json(row)), "meter.add", row.id)
        },
        .list(
            "/v1/products/{product}/meters", "listMeters", "List the meters of a product", Endpoint.readers,
            of: MeterView.fields
        ) { call, catalogue throws(StoreError) in
            let product = try catalogue.product(call.parameter("product"), field: "product", .missing)
            return call.page(
                try catalogue.list(
                    MeterRow.self, where: [("product_id", .text(product.id))], after: call.place, limit: call.limit + 1),
                MeterView.json)
        },
    ]
}
