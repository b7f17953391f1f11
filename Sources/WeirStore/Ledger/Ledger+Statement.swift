/// Statements: every movement of a grant, with its reason and the balance on both sides of it.
extension Ledger {
    /// The movements of a grant behind an entry, in their order.
    package func statement(
        of grant: String, after entry: Int64 = 0, limit: Int
    ) throws(StoreError) -> [StatementLine] {
        let grant = try referred(grant, field: "grant")
        return try connection.run(
            """
            SELECT id, credit_entry, made_at, code, amount, credit_balance, ref_kind, ref_id, actor, reason
            FROM transfer WHERE credit_id = $1 AND credit_entry > $2
            UNION ALL
            SELECT id, debit_entry, made_at, code, -amount, debit_balance, ref_kind, ref_id, actor, reason
            FROM transfer WHERE debit_id = $1 AND debit_entry > $2
            ORDER BY 2 LIMIT $3
            """, [.text(grant.account), .integer(entry), .integer(Int64(limit))]
        ).map { row throws(StoreError) in
            let (amount, after) = (try row.integer(4), try row.integer(5))
            return StatementLine(
                transfer: try row.text(0), entry: try row.integer(1), at: try row.integer(2), code: try row.text(3),
                amount: amount, before: after - amount, after: after, referenceKind: try row.text(6),
                reference: try row.text(7), actor: try row.text(8), reason: try row.text(9))
        }
    }
}
