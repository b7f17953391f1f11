/// Accounts, and what moves between them: questions and changes inside one transaction.
///
/// A value lives as long as the transaction that it was made in. Everything that it refuses is refused with the field's name, and the
/// transaction that throws leaves nothing behind.
package struct Ledger {
    package let connection: any SQLConnection
    /// Seconds since 1970.
    package let now: Int64
    let identifier: Identifier
    private let policyVersion: PolicyVersion

    /// Draws the version of a change that agents are told of.
    package typealias PolicyVersion = @Sendable (any SQLConnection) throws(StoreError) -> Int64

    /// - Parameter policyVersion: draws the version of a grant that changes; by default none is drawn.
    package init(
        _ connection: any SQLConnection, now: Int64, identifier: Identifier,
        policyVersion: @escaping PolicyVersion = { _ throws(StoreError) in 0 }
    ) {
        self.connection = connection
        self.now = now
        self.identifier = identifier
        self.policyVersion = policyVersion
    }

    /// The largest amount of a transfer, an order or a limit: sums of a few stay within int64.
    package static let maximumAmount: Int64 = 1 << 60

    func nextVersion() throws(StoreError) -> Int64 { try policyVersion(connection) }

    // MARK: Accounts

    /// The account of a kind and an owner, made where there is none.
    ///
    /// - Parameter floor: of a grant's account; nil for all others.
    func account(
        _ kind: AccountKind, of owner: String, in ledger: String, floor: Int64? = nil
    ) throws(StoreError) -> String {
        let found = try connection.run(
            "SELECT id FROM account WHERE ledger = $1 AND kind = $2 AND owner = $3",
            [.text(ledger), .text(kind.rawValue), .text(owner)])
        if let row = found.first { return try row.text(0) }
        let id = Identifier.derived(.account, from: "\(ledger)/\(kind.rawValue)/\(owner)")
        _ = try connection.run(
            """
            INSERT INTO account (id, ledger, kind, owner, debits_posted, debits_pending, credits_posted, entries, floor)
            VALUES ($1, $2, $3, $4, 0, 0, 0, 0, $5)
            """,
            [
                .text(id), .text(ledger), .text(kind.rawValue), .text(owner),
                floor.map { .integer($0) } ?? .null,
            ])
        return id
    }

    /// An account's columns.
    func balance(of account: String) throws(StoreError) -> AccountBalance {
        let rows = try connection.run(
            """
            SELECT credits_posted, debits_posted, debits_pending, coalesce(floor, 0) FROM account WHERE id = $1
            """, [.text(account)])
        guard let row = rows.first else { throw StoreError(.failed, "there is no account \(account)") }
        return AccountBalance(
            credits: try row.integer(0), debits: try row.integer(1), pending: try row.integer(2),
            floor: try row.integer(3))
    }

    // MARK: Transfers

    /// Posts a transfer: both accounts move, and the row says what they have behind it.
    ///
    /// - Parameter field: what a refusal names when the giving account has too little.
    /// - Returns: the settled balances behind it.
    @discardableResult
    func post(_ transfer: Transfer, field: String = "amount") throws(StoreError) -> (debit: Int64, credit: Int64) {
        let held = transfer.isHeld ? transfer.amount : 0
        // The floor is guarded by the statement that moves the account, so nothing can come in between.
        let debit = try connection.run(
            """
            UPDATE account SET debits_posted = debits_posted + $1, debits_pending = debits_pending - $2, entries = entries + 1
            WHERE id = $3 AND debits_posted <= $4
                AND (floor IS NULL OR credits_posted - debits_posted - debits_pending - $5 >= floor)
            RETURNING entries, credits_posted - debits_posted
            """,
            [
                .integer(transfer.amount), .integer(held), .text(transfer.debit),
                .integer(Schema.maximumPosted - transfer.amount), .integer(transfer.amount - held),
            ])
        guard let debit = debit.first else { throw try tooLittle(transfer, field) }
        let credit = try connection.run(
            """
            UPDATE account SET credits_posted = credits_posted + $1, entries = entries + 1
            WHERE id = $2 AND credits_posted <= $3
            RETURNING entries, credits_posted - debits_posted
            """,
            [
                .integer(transfer.amount), .text(transfer.credit),
                .integer(Schema.maximumPosted - transfer.amount),
            ])
        guard let credit = credit.first else {
            throw .refused(
                .invalid, field, "expected an amount that the account has room for: use smaller amounts or units")
        }
        let balances = (debit: try debit.integer(1), credit: try credit.integer(1))
        _ = try connection.run(
            """
            INSERT INTO transfer (id, ledger, debit_id, debit_entry, debit_balance, credit_id, credit_entry, credit_balance, amount,
                code, ref_kind, ref_id, actor, reason, made_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            """,
            [
                .text(transfer.id), .text(transfer.ledger), .text(transfer.debit), .integer(try debit.integer(0)),
                .integer(balances.debit), .text(transfer.credit), .integer(try credit.integer(0)),
                .integer(balances.credit), .integer(transfer.amount), .text(transfer.code.rawValue),
                .text(transfer.reference.kind.rawValue), .text(transfer.reference.id), .text(transfer.actor),
                .text(transfer.reason), .integer(now),
            ])
        return balances
    }

    private func tooLittle(_ transfer: Transfer, _ field: String) throws(StoreError) -> StoreError {
        let available = try balance(of: transfer.debit).available
        return .refused(
            .conflict, field,
            "expected at most \(available) of \(transfer.ledger), which is what is neither used nor lent to agents, found \(transfer.amount)"
        )
    }
}
