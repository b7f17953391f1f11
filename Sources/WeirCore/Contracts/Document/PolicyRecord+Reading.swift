/// Records of lines.
extension PolicyRecord {
    /// Reads the fields behind the kind; nil for a kind that this version does not know.
    init?(_ kind: RawSpan, _ line: inout PolicyLine, in bytes: RawSpan) throws(PolicyDocumentError) {
        switch kind.byteCount {
        case 3 where kind.equals("key"): self = .key(try Self.key(&line, bytes))
        case 4 where kind.equals("plan"): self = .plan(try Self.plan(&line, bytes))
        case 4 where kind.equals("gone"): self = try Self.gone(&line, bytes)
        case 5 where kind.equals("grant"): self = .grant(try Self.grant(&line, bytes))
        case 5 where kind.equals("meter"): self = .meter(try Self.meter(&line, bytes))
        case 5 where kind.equals("route"): self = .route(try Self.route(&line, bytes))
        case 7 where kind.equals("product"): self = .product(try Self.product(&line, bytes))
        case 12 where kind.equals("subscription"): self = .subscription(try Self.subscription(&line, bytes))
        default: return nil
        }
    }

    private static func product(_ line: inout PolicyLine, _ bytes: RawSpan) throws(PolicyDocumentError) -> ProductRecord
    {
        ProductRecord(
            id: try line.id("id", RecordID.product, in: bytes), slug: try line.name("slug", in: bytes),
            hosts: try line.list("hosts", separator: "|", in: bytes))
    }

    private static func route(_ line: inout PolicyLine, _ bytes: RawSpan) throws(PolicyDocumentError) -> RouteRecord {
        let route = RouteRecord(
            id: try line.id("id", RecordID.route, in: bytes),
            product: try line.id("product", RecordID.product, in: bytes),
            name: try line.name("name", in: bytes),
            methods: try line.list("methods", separator: "|", in: bytes),
            path: try line.text("path", atMost: PolicyDocument.maximumTextBytes, in: bytes),
            weight: try line.number("weight", 1...1_000_000_000, in: bytes),
            order: try line.number("order", -1_000_000_000...1_000_000_000, in: bytes))
        guard route.path.utf8.first == UInt8(ascii: "/") || route.path.utf8.first == UInt8(ascii: "*") else {
            throw PolicyDocumentError(
                line: line.number, field: "path", expected: "a path that begins with / or *",
                found: String(route.path.prefix(PolicyDocumentError.quotedBytes)))
        }
        return route
    }

    private static func plan(_ line: inout PolicyLine, _ bytes: RawSpan) throws(PolicyDocumentError) -> PlanRecord {
        PlanRecord(
            id: try line.id("id", RecordID.plan, in: bytes), code: try line.name("code", in: bytes),
            version: try line.number("version", 1...1_000_000_000, in: bytes),
            mode: try line.word("mode", in: bytes), unreported: try line.word("unreported", in: bytes),
            outage: try line.text("outage", atMost: PolicyDocument.maximumTextBytes, in: bytes),
            rules: try line.text("rules", atMost: Policy.maximumTextBytes, in: bytes))
    }

    private static func meter(_ line: inout PolicyLine, _ bytes: RawSpan) throws(PolicyDocumentError) -> MeterRecord {
        MeterRecord(
            id: try line.id("id", RecordID.meter, in: bytes), plan: try line.id("plan", RecordID.plan, in: bytes),
            code: try line.name("code", in: bytes), dimension: try line.word("dimension", in: bytes),
            ceilingNumerator: try line.number("ceiling numerator", 0...999_999_999_999_999_999, in: bytes),
            ceilingDenominator: try line.number("ceiling denominator", 1...999_999_999_999_999_999, in: bytes),
            filter: try line.text("filter", atMost: PolicyDocument.maximumTextBytes * 4, in: bytes),
            usedUp: try line.optionalWord("used up", in: bytes))
    }

    private static func subscription(
        _ line: inout PolicyLine, _ bytes: RawSpan
    ) throws(PolicyDocumentError) -> SubscriptionRecord {
        let id = try line.id("id", RecordID.subscription, in: bytes)
        let consumer = try line.id("consumer", RecordID.consumer, in: bytes)
        let plan = try line.id("plan", RecordID.plan, in: bytes)
        let contract = try line.text("contract", atMost: PolicyDocument.maximumNameBytes, in: bytes)
        let products = try products("products", &line, bytes)
        var subscription = SubscriptionRecord(
            id: id, consumer: consumer, plan: plan, period: period(of: contract), products: products,
            state: try line.word("state", in: bytes), from: try line.seconds("from", in: bytes),
            until: try line.optionalSeconds("until", in: bytes))
        guard contract == subscription.contract else {
            throw PolicyDocumentError(
                line: line.number, field: "contract", expected: "the id, / and the number of the period",
                found: contract)
        }
        try checkSpan(subscription.from, subscription.until, line)
        subscription.next = try next(of: subscription, &line, bytes)
        return subscription
    }

    /// The period that follows; nil where the fields are missing or empty.
    private static func next(
        of subscription: SubscriptionRecord, _ line: inout PolicyLine, _ bytes: RawSpan
    ) throws(PolicyDocumentError) -> SubscriptionRecord.Next? {
        guard line.hasMore else { return nil }
        let contract = try line.text("next", atMost: PolicyDocument.maximumNameBytes, in: bytes)
        if contract.isEmpty { return nil }
        let next = SubscriptionRecord.Next(
            period: period(of: contract), from: try line.seconds("next from", in: bytes),
            plan: try line.id("next plan", RecordID.plan, in: bytes),
            products: try products("next products", &line, bytes))
        guard contract == subscription.contract(next.period), next.period > subscription.period else {
            throw PolicyDocumentError(
                line: line.number, field: "next", expected: "the id, / and the number of a period that follows",
                found: contract)
        }
        return next
    }

    private static func period(of contract: String) -> UInt32 { UInt32(contract.split(separator: "/").last ?? "") ?? 0 }

    private static func products(
        _ field: StaticString, _ line: inout PolicyLine, _ bytes: RawSpan
    ) throws(PolicyDocumentError) -> [RecordID] {
        let names = try line.list(field, separator: ",", in: bytes)
        let products = names.compactMap { RecordID(RecordID.product, $0) }
        guard products.count == names.count, !products.isEmpty else {
            throw PolicyDocumentError(
                line: line.number, field: field.description, expected: "ids of products with commas between",
                found: String(names.joined(separator: ",").prefix(PolicyDocumentError.quotedBytes)))
        }
        return products
    }

    private static func grant(_ line: inout PolicyLine, _ bytes: RawSpan) throws(PolicyDocumentError) -> GrantRecord {
        var grant = GrantRecord(
            id: try line.id("id", RecordID.grant, in: bytes),
            subscription: try line.id("subscription", RecordID.subscription, in: bytes),
            unit: try line.name("unit", in: bytes),
            priority: try line.number("priority", -1_000_000_000...1_000_000_000, in: bytes),
            created: try line.seconds("created", in: bytes), until: try line.optionalSeconds("until", in: bytes),
            state: try line.word("state", in: bytes), scope: try line.optionalName("scope", in: bytes))
        if line.hasMore { grant.from = try line.optionalSeconds("from", in: bytes) ?? 0 }
        return grant
    }

    private static func key(_ line: inout PolicyLine, _ bytes: RawSpan) throws(PolicyDocumentError) -> KeyRecord {
        let key = KeyRecord(
            id: try line.id("id", RecordID.key, in: bytes),
            consumer: try line.id("consumer", RecordID.consumer, in: bytes),
            subscription: try line.optionalID("subscription", RecordID.subscription, in: bytes),
            digest: try line.digest("digest", in: bytes), state: try line.word("state", in: bytes),
            from: try line.seconds("from", in: bytes), until: try line.optionalSeconds("until", in: bytes))
        try checkSpan(key.from, key.until, line)
        return key
    }

    private static func gone(_ line: inout PolicyLine, _ bytes: RawSpan) throws(PolicyDocumentError) -> PolicyRecord {
        let kind: RecordKind = try line.word("kind", in: bytes)
        return .gone(kind, try line.id("id", kind.prefix, in: bytes))
    }

    private static func checkSpan(
        _ from: Int64, _ until: Int64?, _ line: PolicyLine
    ) throws(PolicyDocumentError) {
        guard let until, until < from else { return }
        throw PolicyDocumentError(
            line: line.number, field: "until", expected: "a time that is not before \(from)", found: String(until))
    }
}
