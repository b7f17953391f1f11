package import WeirCore

/// Credit windows at rest: agents report what they have used and draw on grants, in one transaction.
package struct WindowStore: Sendable {
    /// Windows that one exchange may speak of.
    package static let maximumAsks = 10_000

    private let database: any SQLDatabase
    private let terms: WindowTerms
    private let prices: any PriceBook
    private let identifier: Identifier

    /// - Parameter prices: what money grants are charged by.
    package init(
        _ database: any SQLDatabase, identifier: Identifier, terms: WindowTerms = WindowTerms(),
        prices: any PriceBook = CeilingPrices()
    ) {
        self.database = database
        self.identifier = identifier
        self.terms = terms
        self.prices = prices
    }

    /// Merges cells of an incarnation, and then answers its asks, in their order.
    ///
    /// - Parameter over: earlier runs of the same agent, whose usage has all arrived: their windows close.
    /// - Parameter namespace: the agent's; grants of what is another's are closed to it. nil for an agent of all.
    /// - Parameter now: seconds since 1970.
    package func exchange(
        incarnation: Hash128, cells: [Cell], asks: [WindowAsk], over: [Hash128] = [],
        delivery: UsageStore.Delivery? = nil, namespace: String? = nil, now: Int64
    ) async throws(StoreError) -> (receipt: UsageStore.Receipt, answers: [WindowAnswer]) {
        guard asks.count <= Self.maximumAsks else {
            throw .refused(
                .invalid, "windows", "expected at most \(Self.maximumAsks), found \(asks.count): send them in parts")
        }
        for (index, ask) in asks.enumerated() {
            for (field, value) in [
                ("granted", ask.granted), ("returned", ask.returned), ("want", ask.want), ("need", ask.need),
            ] where !(0...Schema.maximumPosted).contains(value) {
                throw .refused(
                    .invalid, "windows[\(index)].\(field)", "expected 0 to \(Schema.maximumPosted), found \(value)")
            }
        }
        return try await write(now) { windows throws(StoreError) in
            let receipt = try UsageStore.merge(
                cells, of: incarnation, delivery: delivery, at: now, windows.connection)
            var answers: [WindowAnswer] = []
            let sight = try namespace.map { namespace throws(StoreError) in
                try NamespaceSight(namespace, windows.connection)
            }
            for ask in asks {
                let isOthers = try sight.map { sight throws(StoreError) in try sight.hides(grant: ask.grant) } ?? false
                answers.append(isOthers ? .closed(ask) : try windows.exchange(ask, of: incarnation.hex))
            }
            for earlier in over where earlier != incarnation { try windows.end(of: earlier.hex) }
            return (receipt, answers)
        }
    }

    /// Gives up windows that were not heard of for long, and settles the others, once an hour; a part of them at a time.
    ///
    /// - Returns: how many it was; fewer than `limit` when it is done.
    package func sweep(limit: Int = 500, now: Int64) async throws(StoreError) -> Int {
        try await write(now) { windows throws(StoreError) in try windows.sweep(limit: limit) }
    }

    /// The windows of a grant, by incarnation.
    package func windows(of grant: String) async throws(StoreError) -> [CreditWindowRow] {
        try await database.read { connection throws(StoreError) in
            try connection.run(
                "SELECT \(CreditWindowRow.columns) FROM credit_window WHERE grant_id = $1 ORDER BY incarnation",
                [.text(grant)]
            ).map { row throws(StoreError) in try CreditWindowRow(row) }
        }
    }

    /// Grants that somebody has asked an incarnation to give back of: what the policy's long poll tells it.
    package func recalls(of incarnation: Hash128) async throws(StoreError) -> [String] {
        let token = incarnation.hex
        return try await database.read { connection throws(StoreError) in
            try connection.run(
                """
                SELECT grant_id FROM credit_window
                WHERE incarnation = $1 AND recalled = 1 AND state = 'open' ORDER BY grant_id
                """, [.text(token)]
            ).map { row throws(StoreError) in try row.text(0) }
        }
    }

    private func write<Result: Sendable>(
        _ now: Int64, _ body: @escaping @Sendable (CreditWindows) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try await database.write { connection throws(StoreError) in
            let ledger = Ledger(connection, now: now, identifier: identifier)
            return try body(CreditWindows(ledger: ledger, terms: terms, prices: prices))
        }
    }
}
