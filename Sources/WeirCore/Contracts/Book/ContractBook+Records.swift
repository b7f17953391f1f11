/// Taking the records of a document, one by one, in any order.
extension ContractBook {
    mutating func take(_ record: PolicyRecord, line: Int, almanac: some Almanac) throws(PolicyDocumentError) {
        switch record {
        case .key(let key): try take(key, line: line)
        case .subscription(let subscription): take(subscription)
        case .grant(let grant): try take(grant, line: line)
        case .product(let product):
            hasShopChanged = true
            _ = products.define(product.id)
            shop.products[product.id] = product
        case .plan(let plan): try take(plan, line: line, almanac: almanac)
        case .route(let route):
            hasShopChanged = true
            shop.routes[route.id] = route
        case .meter(let meter):
            hasShopChanged = true
            shop.meters[meter.id] = meter
        case .gone(let kind, let id): remove(kind, id)
        }
    }

    private mutating func take(
        _ plan: PlanRecord, line: Int, almanac: some Almanac
    ) throws(PolicyDocumentError) {
        hasShopChanged = true
        if shop.plans[plan.id]?.rules != plan.rules || shop.plans[plan.id]?.code != plan.code {
            do throws(PolicyErrors) {
                shop.rules[plan.id] = try PlanRules(plan: plan.code, text: plan.rules, almanac: almanac)
            } catch {
                throw PolicyDocumentError(
                    line: line, field: "rules", expected: "rules that can be enforced",
                    found: error.errors.first?.description ?? "")
            }
        }
        _ = plans.define(plan.id)
        shop.plans[plan.id] = plan
    }

    // MARK: Subscriptions

    /// What is new is referred to before what was there is let go: what both name keeps its number.
    private mutating func take(_ record: SubscriptionRecord) {
        let consumer = consumers.refer(to: record.consumer)
        let plan = plans.refer(to: record.plan)
        let set = refer(to: record.products)
        let next = record.next.map { ($0, plan: plans.refer(to: $0.plan), products: refer(to: $0.products)) }
        let (number, wasDefined) = subscriptions.define(record.id)
        var row = subscriptions[number]
        if wasDefined { letGo(row, number) }
        (row.consumer, row.plan, row.products, row.period) = (consumer, plan, set, record.period)
        (row.state, row.from, row.until) = (record.state, record.from, record.until ?? .max)
        row.nextFrom = .max
        if let (next, plan, products) = next {
            (row.nextFrom, row.nextPeriod, row.nextPlan, row.nextProducts) = (next.from, next.period, plan, products)
        }
        row.older = consumers[consumer].newest
        consumers[consumer].newest = number
        subscriptions[number] = row
    }

    /// The number of a list of products, which something refers to from now on.
    private mutating func refer(to products: [RecordID]) -> UInt32 {
        let members = products.map { self.products.refer(to: $0) }
        let (set, isNew) = productSets.refer(to: members)
        // A list that is known refers to its products already; of a new one each is referred to once.
        for product in isNew ? duplicates(members) : members { self.products.release(product) }
        return set
    }

    /// Those that come again, each time that they do.
    private func duplicates(_ numbers: [UInt32]) -> [UInt32] {
        var seen: Set<UInt32> = []
        return numbers.filter { !seen.insert($0).inserted }
    }

    /// Lets go of what a subscription refers to.
    private mutating func letGo(_ row: SubscriptionRow, _ number: UInt32) {
        if consumers[row.consumer].newest == number {
            consumers[row.consumer].newest = row.older
        } else {
            var place = consumers[row.consumer].newest
            while place != BookNumber.none, subscriptions[place].older != number { place = subscriptions[place].older }
            if place != BookNumber.none { subscriptions[place].older = row.older }
        }
        consumers.release(row.consumer)
        plans.release(row.plan)
        for product in productSets.release(row.products) { products.release(product) }
        guard row.nextFrom != .max else { return }
        plans.release(row.nextPlan)
        for product in productSets.release(row.nextProducts) { products.release(product) }
    }

    // MARK: Grants

    private mutating func take(_ record: GrantRecord, line: Int) throws(PolicyDocumentError) {
        let unit = try unitNumber(record.unit, "unit", line: line)
        let scope = record.scope.isEmpty ? BookNumber.none : try unitNumber(record.scope, "scope", line: line)
        let subscription = subscriptions.refer(to: record.subscription)
        let (number, wasDefined) = grants.define(record.id)
        var row = grants[number]
        if wasDefined { letGo(row, number) }
        (row.subscription, row.unit, row.scope, row.priority) = (subscription, unit, scope, record.priority)
        (row.created, row.until, row.state) = (record.created, record.until ?? .max, record.state)
        row.from = record.from
        row.older = subscriptions[subscription].newestGrant
        subscriptions[subscription].newestGrant = number
        grants[number] = row
    }

    /// The number of a unit or a scope, given where it is new.
    private mutating func unitNumber(
        _ name: String, _ field: String, line: Int
    ) throws(PolicyDocumentError) -> UInt32 {
        if let known = unitNumbers[name] { return known }
        guard units.count < Self.maximumUnits else {
            throw PolicyDocumentError(
                line: line, field: field, expected: "at most \(Self.maximumUnits) units in all", found: name)
        }
        let number = UInt32(units.count)
        units.append(name)
        unitNumbers[name] = number
        return number
    }

    private mutating func letGo(_ row: GrantRow, _ number: UInt32) {
        if subscriptions[row.subscription].newestGrant == number {
            subscriptions[row.subscription].newestGrant = row.older
        } else {
            var place = subscriptions[row.subscription].newestGrant
            while place != BookNumber.none, grants[place].older != number { place = grants[place].older }
            if place != BookNumber.none { grants[place].older = row.older }
        }
        subscriptions.release(row.subscription)
    }

    // MARK: Keys

    private mutating func take(_ record: KeyRecord, line: Int) throws(PolicyDocumentError) {
        let consumer = consumers.refer(to: record.consumer)
        let subscription = record.subscription.map { subscriptions.refer(to: $0) } ?? BookNumber.none
        let (number, wasDefined) = keys.define(record.id)
        var row = keys[number]
        if wasDefined { letGo(row) }
        if !wasDefined || row.digest != record.digest.head {
            if wasDefined { digests.remove(number) { [keys] in keys[$0].digest } }
            guard key(record.digest.head) == nil else {
                throw PolicyDocumentError(line: line, field: "digest", expected: "a digest that no other key has")
            }
            row.digest = record.digest.head
            keys[number] = row
            digests.insert(number) { [keys] in keys[$0].digest }
        }
        (row.consumer, row.subscription, row.state) = (consumer, subscription, record.state)
        (row.from, row.until) = (record.from, record.until ?? .max)
        keys[number] = row
    }

    private mutating func letGo(_ row: KeyRow) {
        consumers.release(row.consumer)
        if row.subscription != BookNumber.none { subscriptions.release(row.subscription) }
    }

    // MARK: What is gone

    private mutating func remove(_ kind: RecordKind, _ id: RecordID) {
        switch kind {
        case .key:
            guard let number = keys.find(id), keys[number].isDefined else { return }
            digests.remove(number) { [keys] in keys[$0].digest }
            letGo(keys[number])
            keys.undefine(number)
        case .grant:
            guard let number = grants.find(id), grants[number].isDefined else { return }
            letGo(grants[number], number)
            grants.undefine(number)
        case .subscription:
            guard let number = subscriptions.find(id), subscriptions[number].isDefined else { return }
            letGo(subscriptions[number], number)
            subscriptions.undefine(number)
        case .product:
            guard shop.products.removeValue(forKey: id) != nil, let number = products.find(id) else { return }
            hasShopChanged = true
            products.undefine(number)
        case .plan:
            guard shop.plans.removeValue(forKey: id) != nil, let number = plans.find(id) else { return }
            hasShopChanged = true
            shop.rules[id] = nil
            plans.undefine(number)
        case .route: if shop.routes.removeValue(forKey: id) != nil { hasShopChanged = true }
        case .meter: if shop.meters.removeValue(forKey: id) != nil { hasShopChanged = true }
        }
    }
}
