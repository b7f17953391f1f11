import WeirCore
import WeirStore

/// The rows of the catalogue as the records of a policy document.
enum PolicyDocumentText {
    static func bytes(_ changes: Catalogue.PolicyChanges) -> [UInt8] {
        var encoder = PolicyDocumentEncoder(from: changes.from, to: changes.to, epoch: changes.epoch)
        for row in changes.products { if let record = record(row) { encoder.append(.product(record)) } }
        for row in changes.routes { if let record = record(row) { encoder.append(.route(record)) } }
        for row in changes.plans { if let record = record(row) { encoder.append(.plan(record)) } }
        for row in changes.meters { if let record = record(row) { encoder.append(.meter(record)) } }
        for contract in changes.contracts {
            if let record = record(contract) { encoder.append(.subscription(record)) }
        }
        for grant in changes.grants { if let record = record(grant) { encoder.append(.grant(record)) } }
        for row in changes.keys { if let record = record(row) { encoder.append(.key(record)) } }
        for gone in changes.gone {
            if let kind = RecordKind(rawValue: gone.kind), let id = RecordID(kind.prefix, gone.id) {
                encoder.append(.gone(kind, id))
            }
        }
        return encoder.finish()
    }

    private static func record(_ row: ProductRow) -> ProductRecord? {
        guard let id = RecordID(RecordID.product, row.id) else { return nil }
        return ProductRecord(id: id, slug: row.slug, hosts: list(row.hosts))
    }

    private static func record(_ row: RouteRow) -> RouteRecord? {
        guard let id = RecordID(RecordID.route, row.id), let product = RecordID(RecordID.product, row.productID) else {
            return nil
        }
        return RouteRecord(
            id: id, product: product, name: row.name, methods: list(row.methods), path: row.path, weight: row.weight,
            order: row.place)
    }

    private static func record(_ row: PlanRow) -> PlanRecord? {
        guard let id = RecordID(RecordID.plan, row.id), let mode = PlanRecord.Mode(rawValue: row.mode.rawValue),
            let unreported = PlanRecord.Unreported(rawValue: row.unreported.rawValue)
        else { return nil }
        return PlanRecord(
            id: id, code: row.code, version: row.number, mode: mode, unreported: unreported, outage: row.outage,
            rules: row.rules)
    }

    private static func record(_ row: PlanMeterRow) -> MeterRecord? {
        guard let id = RecordID(RecordID.meter, row.id), let plan = RecordID(RecordID.plan, row.planID),
            let dimension = MeterRecord.Dimension(rawValue: row.dimension.rawValue)
        else { return nil }
        return MeterRecord(
            id: id, plan: plan, code: row.code, dimension: dimension, ceilingNumerator: row.ceilingNano,
            ceilingDenominator: row.ceilingPer, filter: row.filter,
            usedUp: MeterRecord.UsedUp(rawValue: row.usedUp))
    }

    private static func record(_ contract: Catalogue.Contract) -> SubscriptionRecord? {
        let row = contract.subscription
        let products = contract.products.compactMap { RecordID(RecordID.product, $0) }
        guard let id = RecordID(RecordID.subscription, row.id), let plan = RecordID(RecordID.plan, row.planID),
            let consumer = RecordID(RecordID.consumer, row.consumerID), let period = UInt32(exactly: row.period),
            let state = SubscriptionRecord.State(rawValue: contract.state.rawValue), !products.isEmpty
        else { return nil }
        let from = start(row.startsAt, made: row.createdAt)
        return SubscriptionRecord(
            id: id, consumer: consumer, plan: plan, period: period, products: products, state: state, from: from,
            until: row.endsAt.map { max($0, from) }, next: next(contract))
    }

    private static func next(_ contract: Catalogue.Contract) -> SubscriptionRecord.Next? {
        let products = contract.nextProducts.compactMap { RecordID(RecordID.product, $0) }
        guard let next = contract.subscription.next, let period = UInt32(exactly: next.number),
            let plan = RecordID(RecordID.plan, next.planID), !products.isEmpty
        else { return nil }
        return SubscriptionRecord.Next(period: period, from: next.from, plan: plan, products: products)
    }

    /// A grant of a subscription that agents know of. What is empty may have been filled by the time that an agent asks.
    private static func record(_ balance: GrantBalance) -> GrantRecord? {
        let grant = balance.grant
        guard let id = RecordID(RecordID.grant, grant.id),
            let subscription = RecordID(RecordID.subscription, grant.subscription), let unit = grant.policyUnit
        else { return nil }
        let isUsedUp = balance.account.available <= 0 && balance.account.pending == 0
        return GrantRecord(
            id: id, subscription: subscription, unit: unit, priority: grant.priority, created: grant.createdAt,
            until: grant.expiresAt, state: grant.closedAt != nil ? .closed : isUsedUp ? .empty : .open,
            scope: grant.scope, from: start(grant.effectiveAt, made: grant.createdAt))
    }

    private static func record(_ row: KeyRow) -> KeyRecord? {
        guard let id = RecordID(RecordID.key, row.id), let consumer = RecordID(RecordID.consumer, row.consumerID),
            let digest = KeyDigest(hex: row.digest), let state = KeyRecord.State(rawValue: row.state.rawValue)
        else { return nil }
        let from = start(row.startsAt ?? row.createdAt, made: row.createdAt)
        return KeyRecord(
            id: id, consumer: consumer,
            subscription: row.subscriptionID.flatMap { RecordID(RecordID.subscription, $0) }, digest: digest,
            state: state, from: from, until: row.expiresAt.map { max($0, from) })
    }

    /// What starts when it is made holds for an agent whose clock is behind, too.
    private static func start(_ seconds: Int64, made: Int64) -> Int64 { seconds > made ? seconds : 0 }

    private static func list(_ text: String) -> [String] { text.split(separator: "|").map(String.init) }
}
