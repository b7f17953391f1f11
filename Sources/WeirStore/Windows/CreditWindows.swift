import WeirBilling

/// The store's side of credit windows, inside one transaction: what agents hold of grants, raised, given back, settled, given up.
struct CreditWindows {
    let ledger: Ledger
    let terms: WindowTerms
    let prices: any PriceBook

    var connection: any SQLConnection { ledger.connection }
    var now: Int64 { ledger.now }
    var hour: Int64 { now / 3_600 }

    // MARK: Rows

    func window(_ grant: String, _ incarnation: String) throws(StoreError) -> CreditWindowRow? {
        let rows = try connection.run(
            "SELECT \(CreditWindowRow.columns) FROM credit_window WHERE grant_id = $1 AND incarnation = $2",
            [.text(grant), .text(incarnation)])
        return try rows.first.map { row throws(StoreError) in try CreditWindowRow(row) }
    }

    /// Sets an amount aside in the account of a grant, or less than 0 to let it go: the one statement that guards the floor.
    ///
    /// - Returns: whether there was as much.
    func setAside(_ amount: Int64, of grant: CreditGrant) throws(StoreError) -> Bool {
        if amount == 0 { return true }
        let rows = try connection.run(
            """
            UPDATE account SET debits_pending = debits_pending + $1
            WHERE id = $2 AND credits_posted - debits_posted - debits_pending - floor >= $3
            RETURNING id
            """, [.integer(amount), .text(grant.account), .integer(max(amount, 0))])
        if amount < 0, rows.isEmpty {
            throw StoreError(.failed, "the account of grant \(grant.id) is below its floor: run weir fsck")
        }
        return !rows.isEmpty
    }

    /// Raises a window by what the grant has of an amount, though nobody asked: it is spent already.
    func cover(_ amount: Int64, of window: inout CreditWindowRow, _ grant: CreditGrant) throws(StoreError) -> Int64 {
        let available = try ledger.balance(of: grant.account).available
        let covered = max(0, min(amount, available))
        guard covered > 0, try setAside(covered, of: grant) else { return 0 }
        window.granted += covered
        return covered
    }

    // MARK: Transfers

    /// A transfer that a window makes, under the next of its numbers.
    func transfer(
        _ window: inout CreditWindowRow, _ grant: CreditGrant, _ code: Transfer.Code, from debit: String,
        to credit: String,
        _ amount: Int64, _ reason: String, isHeld: Bool = false
    ) throws(StoreError) {
        window.entries += 1
        let id = "\(window.grant)/\(window.incarnation)"
        try ledger.post(
            Transfer(
                id: Identifier.derived(.transfer, from: "\(id)/\(window.entries)"), ledger: grant.ledger, debit: debit,
                credit: credit, amount: amount, code: code, reference: .init(kind: .window, id: id), actor: "weir",
                reason: reason, isHeld: isHeld))
    }

    func earned(_ grant: CreditGrant) throws(StoreError) -> String {
        try ledger.account(.earned, of: grant.consumer, in: grant.ledger)
    }

    /// Books what nobody pays, or takes it back where the amount is below 0.
    func shrink(_ amount: Int64, _ window: inout CreditWindowRow, _ grant: CreditGrant) throws(StoreError) {
        guard amount != 0 else { return }
        let issue = try ledger.account(.issue, of: grant.consumer, in: grant.ledger)
        let shrink = try ledger.account(.shrink, of: grant.consumer, in: grant.ledger)
        window.shrunk += amount
        if amount > 0 {
            try transfer(&window, grant, .shrink, from: issue, to: shrink, amount, "used beyond what the window had")
        } else {
            try transfer(&window, grant, .shrink, from: shrink, to: issue, -amount, "used less than was reported first")
        }
    }
}
