/// Providers, products, routes and meters.
extension Catalogue {
    /// Adds a provider; the same one again is the one that is there.
    package func add(_ draft: ProviderRow) throws(StoreError) -> ProviderRow {
        var provider = draft
        if let known = try find(ProviderRow.self, "slug", draft.slug) {
            (provider.id, provider.createdAt) = (known.id, known.createdAt)
            guard provider == known else { throw Self.taken("slug", draft.slug, "provider") }
            return known
        }
        provider.id = identifier.next(.provider)
        provider.createdAt = now
        try insert(provider)
        return provider
    }

    package func provider(_ reference: String, field: String, _ refusal: Refusal.Kind = .invalid) throws(StoreError)
        -> ProviderRow
    {
        try referred(ProviderRow.self, .provider, reference, or: "slug", field: field, refusal: refusal)
    }

    // MARK: Products

    /// Adds a product of a provider that is there.
    package func add(_ draft: ProductRow) throws(StoreError) -> ProductRow {
        var product = draft
        if let known = try find(ProductRow.self, "slug", draft.slug) {
            (product.id, product.createdAt, product.version) = (known.id, known.createdAt, known.version)
            guard product == known else { throw Self.taken("slug", draft.slug, "product") }
            return known
        }
        product.id = identifier.next(.product)
        product.createdAt = now
        return try insert(versioned: product)
    }

    /// Writes a product that has been changed.
    package func change(_ product: ProductRow) throws(StoreError) -> ProductRow { try update(versioned: product) }

    package func product(_ reference: String, field: String, _ refusal: Refusal.Kind = .invalid) throws(StoreError)
        -> ProductRow
    {
        try referred(ProductRow.self, .product, reference, or: "slug", field: field, refusal: refusal)
    }

    // MARK: Routes

    /// Adds a route to a product that is there.
    package func add(_ draft: RouteRow) throws(StoreError) -> RouteRow {
        var route = draft
        let filters: [(String, SQLValue)] = [("product_id", .text(draft.productID)), ("name", .text(draft.name))]
        if let known = try first(RouteRow.self, where: filters) {
            (route.id, route.createdAt, route.version) = (known.id, known.createdAt, known.version)
            guard route == known else { throw Self.taken("name", draft.name, "route") }
            return known
        }
        route.id = identifier.next(.route)
        route.createdAt = now
        return try insert(versioned: route)
    }

    package func route(_ id: String) throws(StoreError) -> RouteRow {
        try referred(RouteRow.self, .route, id, or: nil, field: "route", refusal: .missing)
    }

    package func remove(_ route: RouteRow) throws(StoreError) { try remove(route, kind: "route") }

    // MARK: Meters

    /// Adds a meter to a product that is there. Meters are never changed: plans that are sold count by them.
    package func add(_ draft: MeterRow) throws(StoreError) -> MeterRow {
        var meter = draft
        if let known = try self.meter(draft.code, of: draft.productID) {
            (meter.id, meter.createdAt) = (known.id, known.createdAt)
            guard meter == known else { throw Self.taken("code", draft.code, "meter") }
            return known
        }
        meter.id = identifier.next(.meter)
        meter.createdAt = now
        try insert(meter)
        return meter
    }

    func meter(_ code: String, of product: String) throws(StoreError) -> MeterRow? {
        try first(MeterRow.self, where: [("product_id", .text(product)), ("code", .text(code))])
    }

    static func taken(_ field: String, _ value: String, _ what: String) -> StoreError {
        .refused(
            .conflict, field,
            "expected one that is free: there is a \(what) \"\(value)\" that says something else: choose another")
    }
}
