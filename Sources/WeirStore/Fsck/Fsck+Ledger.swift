extension Fsck {
    /// Accounts, transfers, orders.
    static let ledger: [FsckCheck] = [
        FsckCheck(
            name: "L1-balanced",
            claim: "in each ledger all credits are all debits",
            statement: """
                SELECT 'ledger ' || ledger, CAST(sum(credits_posted) AS BIGINT), CAST(sum(debits_posted) AS BIGINT)
                FROM account GROUP BY ledger HAVING sum(credits_posted) <> sum(debits_posted)
                """,
            columns: ["credits", "debits"]),
        FsckCheck(
            name: "L1-columns",
            claim: "an account's columns are the sums of its transfers",
            statement: """
                SELECT 'account ' || account.id, account.debits_posted, coalesce(debits.amount, 0), account.credits_posted,
                    coalesce(credits.amount, 0), account.entries, coalesce(debits.entries, 0) + coalesce(credits.entries, 0)
                FROM account
                LEFT JOIN (
                    SELECT debit_id, CAST(sum(amount) AS BIGINT) AS amount, count(*) AS entries FROM transfer GROUP BY debit_id
                ) AS debits ON debits.debit_id = account.id
                LEFT JOIN (
                    SELECT credit_id, CAST(sum(amount) AS BIGINT) AS amount, count(*) AS entries FROM transfer GROUP BY credit_id
                ) AS credits ON credits.credit_id = account.id
                WHERE account.debits_posted <> coalesce(debits.amount, 0)
                    OR account.credits_posted <> coalesce(credits.amount, 0)
                    OR account.entries <> coalesce(debits.entries, 0) + coalesce(credits.entries, 0)
                """,
            columns: [
                "debits_posted", "transfers' debits", "credits_posted", "transfers' credits", "entries", "transfers",
            ]),
        FsckCheck(
            name: "L1-ledgers",
            claim: "a transfer is in the ledger of both its accounts",
            statement: """
                SELECT 'transfer ' || transfer.id, transfer.ledger, debit.ledger, credit.ledger
                FROM transfer LEFT JOIN account AS debit ON debit.id = transfer.debit_id
                    LEFT JOIN account AS credit ON credit.id = transfer.credit_id
                WHERE transfer.ledger IS DISTINCT FROM debit.ledger OR transfer.ledger IS DISTINCT FROM credit.ledger
                    OR transfer.amount <= 0
                """,
            columns: ["ledger", "debit's ledger", "credit's ledger"]),
        FsckCheck(
            name: "L1-chain",
            claim: "each account's transfers are numbered without a gap, and carry the balance behind them",
            statement: """
                SELECT 'transfer ' || id, entry, place, balance, running FROM (
                    SELECT id, account_id, entry, balance,
                        row_number() OVER (PARTITION BY account_id ORDER BY entry) AS place,
                        CAST(sum(amount) OVER (PARTITION BY account_id ORDER BY entry) AS BIGINT) AS running
                    FROM (
                        SELECT id, debit_id AS account_id, debit_entry AS entry, debit_balance AS balance, -amount AS amount
                        FROM transfer
                        UNION ALL
                        SELECT id, credit_id, credit_entry, credit_balance, amount FROM transfer
                    ) AS movement
                ) AS chained
                WHERE entry <> place OR balance <> running
                """,
            columns: ["entry", "place", "balance", "sum so far"]),
        FsckCheck(
            name: "L1-pending",
            claim: "what an account has set aside is what its grant's windows hold",
            statement: """
                SELECT 'account ' || account.id, account.debits_pending, coalesce(held.amount, 0)
                FROM account LEFT JOIN credit_grant ON credit_grant.account_id = account.id
                LEFT JOIN (
                    SELECT grant_id, CAST(sum(granted - returned - posted - freed) AS BIGINT) AS amount
                    FROM credit_window WHERE state IN ('open', 'expired') GROUP BY grant_id
                ) AS held ON held.grant_id = credit_grant.id
                WHERE account.debits_pending <> coalesce(held.amount, 0)
                """,
            columns: ["debits_pending", "windows hold"]),
        FsckCheck(
            name: "L2-floor",
            claim:
                "a grant's account is never below its floor, which is its credit limit less what is unpaid and held upstream",
            statement: """
                SELECT 'account ' || account.id, account.credits_posted - account.debits_posted - account.debits_pending,
                    account.floor, credit_grant.upstream_held - credit_grant.credit_limit + coalesce(owed.amount, 0)
                FROM account LEFT JOIN credit_grant ON credit_grant.account_id = account.id
                LEFT JOIN (
                    SELECT ledger, owner, debits_posted - credits_posted AS amount FROM account WHERE kind = 'receivable'
                ) AS owed ON owed.owner = credit_grant.id AND owed.ledger = credit_grant.ledger
                WHERE account.kind = 'grant' AND (
                    credit_grant.id IS NULL OR account.floor IS NULL
                    OR account.credits_posted - account.debits_posted - account.debits_pending < account.floor
                    OR account.floor <> credit_grant.upstream_held - credit_grant.credit_limit + coalesce(owed.amount, 0)
                    OR coalesce(owed.amount, 0) < 0)
                """,
            columns: ["available", "floor", "floor by limit"]),
        FsckCheck(
            name: "L4-expiry",
            claim: "nothing expires before its grant has ended, and nothing is lent of a grant that is closed",
            statement: """
                SELECT 'credit_grant ' || credit_grant.id, credit_grant.expires_at, transfer.made_at, account.debits_pending
                FROM credit_grant JOIN account ON account.id = credit_grant.account_id
                LEFT JOIN transfer ON transfer.debit_id = account.id AND transfer.code = 'expiry'
                WHERE (transfer.id IS NOT NULL AND (credit_grant.expires_at IS NULL OR transfer.made_at < credit_grant.expires_at))
                    OR (credit_grant.closed_at IS NOT NULL AND account.debits_pending <> 0)
                """,
            columns: ["expires_at", "expired at", "pending"]),
        FsckCheck(
            name: "L6-reasons",
            claim: "every transfer says who made it, why, and for what",
            statement: """
                SELECT 'transfer ' || id, actor, reason, ref_kind, ref_id FROM transfer
                WHERE actor = '' OR reason = '' OR ref_kind = '' OR ref_id = '' OR code = ''
                """,
            columns: ["actor", "reason", "ref_kind", "ref_id"]),
        FsckCheck(
            name: "L6-orders",
            claim:
                "an order's transfers move what its lines and its price say, and no transfer is of an order that is not there",
            statement: """
                SELECT 'order ' || coalesce(orders.id, moved.ref_id), moved.amount, coalesce(lines.amount, 0), orders.amount
                FROM (
                    SELECT ref_id, CAST(sum(amount) AS BIGINT) AS amount FROM transfer WHERE ref_kind = 'order' GROUP BY ref_id
                ) AS moved
                FULL OUTER JOIN orders ON orders.id = moved.ref_id
                LEFT JOIN (
                    SELECT order_id, CAST(sum(abs(amount)) AS BIGINT) AS amount FROM order_line GROUP BY order_id
                ) AS lines ON lines.order_id = orders.id
                WHERE orders.id IS NULL OR coalesce(moved.amount, 0) <> coalesce(lines.amount, 0)
                    + CASE WHEN orders.kind IN ('purchase', 'renewal', 'payment') THEN orders.amount ELSE 0 END
                """,
            columns: ["moved", "lines", "price"]),
    ]
}
