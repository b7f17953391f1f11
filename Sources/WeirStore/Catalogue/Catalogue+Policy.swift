/// What agents are told.
extension Catalogue {
    /// A contract, with what of its plan and consumer agents need to know.
    package struct Contract: Equatable, Sendable {
        package var subscription: SubscriptionRow
        /// Ids of the plan's products.
        package var products: [String]
        /// Paused where the consumer is suspended.
        package var state: SubscriptionRow.State
        /// Those of the plan of the period that follows.
        package var nextProducts: [String] = []
    }

    /// What has changed between two versions: all there is where `from` is 0.
    package struct PolicyChanges: Sendable {
        package var from: Int64
        package var to: Int64
        /// The epoch in which it leads there; empty where there are none.
        package var epoch: String
        package var products: [ProductRow]
        package var routes: [RouteRow]
        package var plans: [PlanRow]
        package var meters: [PlanMeterRow]
        package var contracts: [Contract]
        package var keys: [KeyRow]
        package var grants: [GrantBalance]
        package var gone: [(kind: String, id: String)]
    }

    /// - Parameter version: what the asker has; one beyond what there is gets all: this database was restored from a backup.
    package func changes(since version: Int64) throws(StoreError) -> PolicyChanges {
        let to = try policyVersion()
        let from = version > to ? 0 : version
        let contracts = try changed(SubscriptionRow.self, since: from)
        return PolicyChanges(
            from: from, to: to, epoch: try policyEpoch(), products: try changed(ProductRow.self, since: from),
            routes: try changed(RouteRow.self, since: from),
            plans: try changed(PlanRow.self, since: from).filter { $0.publishedAt != nil },
            meters: try changed(PlanMeterRow.self, since: from), contracts: try detailed(contracts),
            keys: try changed(KeyRow.self, since: from),
            grants: try Ledger(connection, now: now, identifier: identifier).changes(since: from),
            gone: from == 0 ? [] : try gone(since: from))
    }

    private func detailed(_ contracts: [SubscriptionRow]) throws(StoreError) -> [Contract] {
        var products: [String: [String]] = [:]
        var suspended: [String: Bool] = [:]
        var detailed: [Contract] = []
        detailed.reserveCapacity(contracts.count)
        for contract in contracts {
            for plan in [contract.planID, contract.next?.planID] {
                guard let plan, products[plan] == nil else { continue }
                products[plan] = try connection.run(
                    "SELECT product_id FROM plan_product WHERE plan_id = $1 ORDER BY product_id", [.text(plan)]
                ).map { row throws(StoreError) in try row.text(0) }
            }
            if suspended[contract.consumerID] == nil {
                let consumer = try find(ConsumerRow.self, "id", contract.consumerID)
                suspended[contract.consumerID] = consumer?.state == .suspended
            }
            let isHeld = suspended[contract.consumerID] == true && contract.state == .active
            detailed.append(
                Contract(
                    subscription: contract, products: products[contract.planID] ?? [],
                    state: isHeld ? .paused : contract.state,
                    nextProducts: contract.next.flatMap { products[$0.planID] } ?? []))
        }
        return detailed
    }

    private func gone(since version: Int64) throws(StoreError) -> [(kind: String, id: String)] {
        try connection.run("SELECT kind, id FROM gone WHERE version > $1 ORDER BY version, id", [.integer(version)])
            .map { row throws(StoreError) in (try row.text(0), try row.text(1)) }
    }
}
