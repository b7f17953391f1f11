/// What the ledger needs to know of contracts, and contracts of the ledger.
extension Catalogue {
    /// The ledger in the same transaction; what changes of its grants, agents are told.
    package var ledger: Ledger { Ledger(connection, now: now, identifier: identifier) }

    /// The contract that an order was placed under; nil where there is no such order.
    package func contract(ofOrder externalID: String, by consumer: String) throws(StoreError) -> SubscriptionRow? {
        let rows = try connection.run(
            "SELECT subscription FROM orders WHERE consumer = $1 AND external_id = $2",
            [.text(consumer), .text(externalID)])
        return try rows.first.map { row throws(StoreError) in try subscription(try row.text(0)) }
    }

    /// Who placed an order, by its id.
    package func consumer(ofOrder id: String) throws(StoreError) -> String? {
        try connection.run("SELECT consumer FROM orders WHERE id = $1", [.text(id)]).first.map {
            row throws(StoreError) in try row.text(0)
        }
    }

    /// A consumer's contracts that have not ended, the oldest first.
    package func openContracts(of consumer: String) throws(StoreError) -> [SubscriptionRow] {
        try list(SubscriptionRow.self, where: [("consumer_id", .text(consumer))], limit: 1_000)
            .filter { $0.state != .ended }
    }

    /// A movement of one of a consumer's grants.
    package struct ConsumerStatementLine: Equatable, Sendable {
        package var line: StatementLine
        package var grant: String
        package var ledger: String
    }

    /// The movements of all of a consumer's grants, the oldest first.
    ///
    /// - Parameter place: the time and the transfer behind which the page begins.
    package func statement(
        of consumer: String, after place: (at: Int64, transfer: String), limit: Int
    ) throws(StoreError) -> [ConsumerStatementLine] {
        func half(_ side: String, _ sign: String) -> String {
            """
            SELECT transfer.id, transfer.\(side)_entry, transfer.made_at, transfer.code, \(sign)transfer.amount,
                transfer.\(side)_balance, transfer.ref_kind, transfer.ref_id, transfer.actor, transfer.reason,
                credit_grant.id, credit_grant.ledger
            FROM credit_grant JOIN transfer ON transfer.\(side)_id = credit_grant.account_id
            WHERE credit_grant.consumer = $1
                AND (transfer.made_at > $2 OR (transfer.made_at = $2 AND transfer.id > $3))
            """
        }
        return try connection.run(
            "\(half("credit", "")) UNION ALL \(half("debit", "-")) ORDER BY 3, 1 LIMIT $4",
            [.text(consumer), .integer(place.at), .text(place.transfer), .integer(Int64(limit))]
        ).map { row throws(StoreError) in
            let (amount, after) = (try row.integer(4), try row.integer(5))
            let line = StatementLine(
                transfer: try row.text(0), entry: try row.integer(1), at: try row.integer(2), code: try row.text(3),
                amount: amount, before: after - amount, after: after, referenceKind: try row.text(6),
                reference: try row.text(7), actor: try row.text(8), reason: try row.text(9))
            return ConsumerStatementLine(line: line, grant: try row.text(10), ledger: try row.text(11))
        }
    }
}
