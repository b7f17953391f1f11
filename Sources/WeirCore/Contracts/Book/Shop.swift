/// Products, routes, plans and meters: few, and described by texts.
struct Shop: Sendable {
    var products: [RecordID: ProductRecord] = [:]
    var routes: [RecordID: RouteRecord] = [:]
    var plans: [RecordID: PlanRecord] = [:]
    var rules: [RecordID: PlanRules] = [:]
    var meters: [RecordID: MeterRecord] = [:]

    /// Records of one kind that an agent takes.
    static let maximumRecords = 16_384

    /// What refers to something that is not there; nil when all is well.
    var flaw: PolicyDocumentError? {
        for route in routes.values where products[route.product] == nil {
            return PolicyDocumentError(
                line: 0, field: "product of route \(route.id.text(RecordID.route))",
                expected: "a product that is there",
                found: route.product.text(RecordID.product))
        }
        for meter in meters.values where plans[meter.plan] == nil {
            return PolicyDocumentError(
                line: 0, field: "plan of meter \(meter.id.text(RecordID.meter))", expected: "a plan that is there",
                found: meter.plan.text(RecordID.plan))
        }
        for (kind, count) in [
            ("products", products.count), ("routes", routes.count), ("plans", plans.count), ("meters", meters.count),
        ] where count > Self.maximumRecords {
            return PolicyDocumentError(
                line: 0, field: kind, expected: "at most \(Self.maximumRecords)", found: "\(count)")
        }
        return twins
    }

    /// Two products with one slug, or two plans with one code and version, could not be told apart in usage.
    private var twins: PolicyDocumentError? {
        let slugs = Dictionary(grouping: products.values, by: \.slug)
        if let twin = slugs.first(where: { $0.value.count > 1 }) {
            return PolicyDocumentError(
                line: 0, field: "slug", expected: "one product for each slug", found: twin.key)
        }
        let versions = Dictionary(grouping: plans.values) { "\($0.code) version \($0.version)" }
        if let twin = versions.first(where: { $0.value.count > 1 }) {
            return PolicyDocumentError(
                line: 0, field: "version", expected: "one plan for each code and version", found: twin.key)
        }
        return nil
    }

    /// What is sold, by the numbers of the book.
    func offers(product number: (RecordID) -> UInt32?, plan planNumber: (RecordID) -> UInt32?) -> Offers {
        var offers = Offers()
        for product in products.values {
            guard let number = number(product.id) else { continue }
            offers.products.append(Offers.Product(number: number, slug: product.slug, hosts: product.hosts))
        }
        for plan in plans.values {
            guard let number = planNumber(plan.id), let rules = rules[plan.id] else { continue }
            offers.plans.append(
                Offers.Plan(number: number, id: plan.id, code: plan.code, version: plan.version, rules: rules))
        }
        offers.products.sort { $0.number < $1.number }
        offers.plans.sort { $0.number < $1.number }
        let ordered = routes.values.sorted { left, right in
            (left.order, left.id.bits.high, left.id.bits.low) < (right.order, right.id.bits.high, right.id.bits.low)
        }
        offers.doors = ordered.compactMap { route in
            number(route.product).map { Offers.Door(product: $0, route: route) }
        }
        let withRoutes = Set(offers.doors.map(\.product))
        offers.doors += offers.products.filter { !withRoutes.contains($0.number) }.map {
            Offers.Door(product: $0.number, route: nil)
        }
        return offers
    }
}
