import WeirBilling

/// Invoices, each made in a transaction of its own.
package struct InvoiceStore: Sendable {
    /// Contracts that one question looks at.
    private static let part = 200
    /// How long ago what is new may have ended, in seconds: a few days, in which no collector may have run.
    private static let reach: Int64 = 5 * 86_400

    private let database: any SQLDatabase
    private let prices: any PriceBook
    private let identifier: Identifier
    /// Seconds behind a contract's end at which no agent is waited for any more.
    private let grace: Int64

    /// - Parameter prices: what money grants are charged by.
    package init(
        _ database: any SQLDatabase, identifier: Identifier, prices: any PriceBook = CeilingPrices(),
        grace: Int64 = 86_400
    ) {
        self.database = database
        self.prices = prices
        self.identifier = identifier
        self.grace = max(0, grace)
    }

    /// Issues what can be issued: invoices of purchases, and of contracts that are over. One that cannot be made holds up no other.
    ///
    /// - Parameters:
    ///   - isWhole: looks at all that ever was, and at what has come late to subscriptions that have ended; else at what is new, which is
    ///     nearly always all that there is.
    ///   - now: seconds since 1970.
    /// - Returns: the numbers of the invoices, and what went wrong with others.
    package func sweep(
        isWhole: Bool = true, now: Int64
    ) async throws(StoreError) -> (issued: [String], failures: [StoreError]) {
        let since = isWhole ? .min : now - Self.reach - grace
        var result: (issued: [String], failures: [StoreError]) = ([], [])
        let orders = try await read(now) { invoices throws(StoreError) in
            try invoices.purchases(since: since, limit: Self.part)
        }
        for order in orders {
            await note(&result) { () async throws(StoreError) in
                try await write(now) { invoices throws(StoreError) in try invoices.issuePurchase(order) }
            }
        }
        let grace = grace
        var place = Invoices.Place(endsAt: since, contract: "")
        while true {
            let after = place
            let found = try await read(now) { invoices throws(StoreError) in
                try invoices.over(after: after, grace: grace, limit: Self.part)
            }
            for contract in found {
                guard let missing = contract.missing else { continue }
                await note(&result) { () async throws(StoreError) in
                    try await write(now) { invoices throws(StoreError) in
                        try invoices.close(contract.place.contract, missing: missing)
                    }
                }
            }
            // Those that end later wait for more: where none of a part can be closed, none behind it can.
            guard let last = found.last, found.count == Self.part, found.contains(where: { $0.missing != nil }) else {
                break
            }
            place = last.place
        }
        guard isWhole else { return result }
        let late = try await read(now) { invoices throws(StoreError) in
            try invoices.lateContracts(grace: grace, limit: Self.part)
        }
        for contract in late {
            await note(&result) { () async throws(StoreError) in
                try await write(now) { invoices throws(StoreError) in
                    // Another collector may have done it meanwhile.
                    let isLate = try !invoices.lateContracts(grace: grace, only: contract, limit: 1).isEmpty
                    return isLate ? try invoices.issueLate(contract) : .known
                }
            }
        }
        return result
    }

    private func note(
        _ result: inout (issued: [String], failures: [StoreError]),
        _ body: () async throws(StoreError) -> Invoices.Outcome
    ) async {
        do throws(StoreError) {
            if case .issued(let number) = try await body() { result.issued.append(number) }
        } catch {
            result.failures.append(error)
        }
    }

    /// Questions, and one state of the database for all of them.
    package func read<Result: Sendable>(
        _ now: Int64, _ body: @escaping @Sendable (Invoices) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try await database.read { connection throws(StoreError) in
            try body(Invoices(Catalogue(connection, now: now, identifier: identifier), prices: prices))
        }
    }

    private func write<Result: Sendable>(
        _ now: Int64, _ body: @escaping @Sendable (Invoices) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try await database.write { connection throws(StoreError) in
            try body(Invoices(Catalogue(connection, now: now, identifier: identifier), prices: prices))
        }
    }
}
