/// What agents of one namespace are told.
extension Catalogue {
    /// The changes that agents of a namespace are told of: what is of products that they do not see is taken out. A product's namespace
    /// never changes; a contract's plan may, so a contract that is seen no more is gone, with all that refers to it, and one that is
    /// seen comes with all of it.
    package func changes(since version: Int64, seenBy namespace: String) throws(StoreError) -> PolicyChanges {
        var changes = try changes(since: version)
        let sight = try NamespaceSight(namespace, connection)
        if sight.isWhole { return changes }
        changes.products.removeAll { !sight.sees(product: $0.id) }
        changes.routes.removeAll { !sight.sees(product: $0.productID) }
        var plans: [String: Bool] = [:]
        func sees(_ plan: String) throws(StoreError) -> Bool {
            if let known = plans[plan] { return known }
            let seen = try sight.sees(plan: plan)
            plans[plan] = seen
            return seen
        }
        changes.plans = try changes.plans.kept { row throws(StoreError) in try sees(row.id) }
        changes.meters = try changes.meters.kept { row throws(StoreError) in try sees(row.planID) }
        var contracts: [Contract] = []
        for var contract in changes.contracts {
            if try sees(contract.subscription.planID) {
                contract.products.removeAll { !sight.sees(product: $0) }
                contracts.append(contract)
                if changes.from > 0 { try add(whatIsOf: contract.subscription.id, to: &changes) }
            } else if changes.from > 0 {
                try remove(contract.subscription.id, from: &changes)
            }
        }
        changes.contracts = contracts
        var contractsSeen: [String: Bool] = [:]
        func seesContract(_ id: String) throws(StoreError) -> Bool {
            if let known = contractsSeen[id] { return known }
            let row = try find(SubscriptionRow.self, "id", id)
            let seen = try row.map { row throws(StoreError) in try sees(row.planID) } ?? true
            contractsSeen[id] = seen
            return seen
        }
        changes.keys = try changes.keys.kept { key throws(StoreError) in
            guard let contract = key.subscriptionID else { return true }
            return try seesContract(contract)
        }
        changes.grants = try changes.grants.kept { balance throws(StoreError) in
            try seesContract(balance.grant.subscription)
        }
        return changes
    }

    private func add(whatIsOf contract: String, to changes: inout PolicyChanges) throws(StoreError) {
        let keys = try list(KeyRow.self, where: [("subscription_id", .text(contract))], limit: Self.maximumKeys)
        let known = Set(changes.keys.map(\.id))
        changes.keys += keys.filter { !known.contains($0.id) }
        guard let row = try find(SubscriptionRow.self, "id", contract) else { return }
        let grants = Set(changes.grants.map(\.grant.id))
        changes.grants += try ledger.balances(of: row.consumerID, subscription: contract).filter {
            !grants.contains($0.grant.id)
        }
    }

    private func remove(_ contract: String, from changes: inout PolicyChanges) throws(StoreError) {
        for (kind, table, column) in [("key", "api_key", "subscription_id"), ("grant", "credit_grant", "subscription")]
        {
            let rows = try connection.run("SELECT id FROM \(table) WHERE \(column) = $1 ORDER BY id", [.text(contract)])
            for row in rows { changes.gone.append((kind, try row.text(0))) }
        }
        changes.gone.append(("subscription", contract))
    }
}

extension Array {
    /// Those that pass a test which asks the database.
    fileprivate func kept(_ test: (Element) throws(StoreError) -> Bool) throws(StoreError) -> [Element] {
        var kept: [Element] = []
        for element in self where try test(element) { kept.append(element) }
        return kept
    }
}
