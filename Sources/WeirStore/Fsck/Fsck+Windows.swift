extension Fsck {
    /// Credit windows: nothing is spent that was not lent, and nothing lent that was not paid.
    static let windows: [FsckCheck] = [
        FsckCheck(
            name: "L3-window",
            claim: "posted + freed ≤ spent − shrunk ≤ granted − returned, all the same once a window is over",
            statement: """
                SELECT 'credit_window ' || grant_id || ' ' || incarnation, state, granted, returned, spent, shrunk, posted, freed
                FROM credit_window
                WHERE granted < 0 OR returned < 0 OR spent < 0 OR shrunk < 0 OR posted < 0 OR freed < 0
                    OR posted + freed > spent - shrunk OR spent - shrunk > granted - returned
                    OR (state IN ('closed', 'abandoned') AND posted + freed <> granted - returned)
                """,
            columns: ["state", "granted", "returned", "spent", "shrunk", "posted", "freed"]),
        FsckCheck(
            name: "L3-posted",
            claim: "what a window has posted and shrunk is what its transfers have moved",
            statement: """
                SELECT 'credit_window ' || credit_window.grant_id || ' ' || credit_window.incarnation, credit_window.posted,
                    coalesce(moved.posted, 0), credit_window.shrunk, coalesce(moved.shrunk, 0)
                FROM credit_window LEFT JOIN (
                    SELECT transfer.ref_id AS ref_id,
                        CAST(sum(CASE transfer.code WHEN 'draw' THEN transfer.amount WHEN 'reversal' THEN -transfer.amount
                            ELSE 0 END) AS BIGINT) AS posted,
                        CAST(sum(CASE WHEN transfer.code <> 'shrink' THEN 0 WHEN account.kind = 'shrink' THEN transfer.amount
                            ELSE -transfer.amount END) AS BIGINT) AS shrunk
                    FROM transfer JOIN account ON account.id = transfer.credit_id
                    WHERE transfer.ref_kind = 'window' GROUP BY transfer.ref_id
                ) AS moved ON moved.ref_id = credit_window.grant_id || '/' || credit_window.incarnation
                WHERE credit_window.posted <> coalesce(moved.posted, 0) OR credit_window.shrunk <> coalesce(moved.shrunk, 0)
                """,
            columns: ["posted", "transfers' draws", "shrunk", "transfers' shrink"]),
        FsckCheck(
            name: "L3-ceiling",
            claim: "a window's spent is its units, each at the ceiling of its meter",
            statement: """
                SELECT 'credit_window ' || credit_window.grant_id || ' ' || credit_window.incarnation, credit_window.units,
                    credit_window.spent, drawn.spent
                FROM credit_window JOIN credit_grant ON credit_grant.id = credit_window.grant_id
                LEFT JOIN (
                    SELECT grant_id, incarnation, CAST(sum(\(atCeiling)) AS BIGINT) AS spent,
                        CAST(sum(CASE WHEN \(isSmall) THEN 0 ELSE 1 END) AS BIGINT) AS large
                    FROM window_draw GROUP BY grant_id, incarnation
                ) AS drawn ON drawn.grant_id = credit_window.grant_id AND drawn.incarnation = credit_window.incarnation
                WHERE CASE WHEN credit_grant.ledger LIKE '%/9' THEN
                        coalesce(drawn.large, 0) = 0 AND credit_window.spent <> coalesce(drawn.spent, 0)
                    ELSE credit_grant.ceiling_nano = 1 AND credit_grant.ceiling_per = 1
                        AND credit_window.spent <> CASE WHEN credit_window.units < 0 THEN 0 ELSE credit_window.units END
                    END
                """,
            columns: ["units", "spent", "draws' spent"]),
        FsckCheck(
            name: "L3-draws",
            claim: "a money window's units are those of its draws by contract and meter",
            statement: """
                SELECT 'credit_window ' || credit_window.grant_id || ' ' || credit_window.incarnation, credit_window.units,
                    coalesce(drawn.units, 0)
                FROM credit_window JOIN credit_grant ON credit_grant.id = credit_window.grant_id
                LEFT JOIN (
                    SELECT grant_id, incarnation, CAST(sum(units) AS BIGINT) AS units FROM window_draw
                    GROUP BY grant_id, incarnation
                ) AS drawn ON drawn.grant_id = credit_window.grant_id AND drawn.incarnation = credit_window.incarnation
                WHERE credit_grant.ledger LIKE '%/9' AND credit_window.units <> coalesce(drawn.units, 0)
                """,
            columns: ["units", "draws' units"]),
        FsckCheck(
            name: "L3-paid",
            claim: "all windows of a grant together: spent ≤ granted − returned ≤ paid and credit",
            statement: """
                SELECT 'credit_grant ' || credit_grant.id, lent.spent, lent.granted, account.credits_posted,
                    credit_grant.credit_limit
                FROM credit_grant JOIN account ON account.id = credit_grant.account_id
                JOIN (
                    SELECT grant_id, CAST(sum(spent - shrunk - freed) AS BIGINT) AS spent,
                        CAST(sum(granted - returned - freed) AS BIGINT) AS granted
                    FROM credit_window GROUP BY grant_id
                ) AS lent ON lent.grant_id = credit_grant.id
                WHERE lent.spent > lent.granted OR lent.granted > account.credits_posted + credit_grant.credit_limit
                """,
            columns: ["spent", "granted − returned", "paid", "credit limit"]),
        FsckCheck(
            name: "L5-draws",
            claim:
                "what grants have paid is what was earned of them: draws of a grant's account are its windows' posted",
            statement: """
                SELECT 'credit_grant ' || credit_grant.id, coalesce(drawn.amount, 0), coalesce(posted.amount, 0)
                FROM credit_grant
                LEFT JOIN (
                    SELECT account_id, CAST(sum(amount) AS BIGINT) AS amount FROM (
                        SELECT debit_id AS account_id, amount FROM transfer WHERE code = 'draw'
                        UNION ALL
                        SELECT credit_id, -amount FROM transfer WHERE code = 'reversal'
                    ) AS movement GROUP BY account_id
                ) AS drawn ON drawn.account_id = credit_grant.account_id
                LEFT JOIN (
                    SELECT grant_id, CAST(sum(posted) AS BIGINT) AS amount FROM credit_window GROUP BY grant_id
                ) AS posted ON posted.grant_id = credit_grant.id
                WHERE coalesce(drawn.amount, 0) <> coalesce(posted.amount, 0)
                """,
            columns: ["draws", "posted"]),
        FsckCheck(
            name: "L5-rated",
            claim: "what a money grant's windows have posted is where its prices stand",
            statement: """
                SELECT 'credit_grant ' || credit_grant.id, coalesce(stand.amount, 0), coalesce(posted.amount, 0)
                FROM credit_grant
                LEFT JOIN (
                    SELECT grant_id, CAST(sum(posted) AS BIGINT) AS amount FROM rated GROUP BY grant_id
                ) AS stand ON stand.grant_id = credit_grant.id
                LEFT JOIN (
                    SELECT grant_id, CAST(sum(posted) AS BIGINT) AS amount FROM credit_window GROUP BY grant_id
                ) AS posted ON posted.grant_id = credit_grant.id
                WHERE credit_grant.ledger LIKE '%/9' AND coalesce(stand.amount, 0) <> coalesce(posted.amount, 0)
                """,
            columns: ["rated", "posted"]),
    ]
    /// Whether a draw's cost can be worked out in 64 bits.
    private static let isSmall = "units <= 0 OR ceiling_nano = 0 OR units <= 4611686018427387904 / ceiling_nano"

    /// What a draw has spent, rounded up; none where that is too large to be worked out here.
    private static let atCeiling = """
        CASE WHEN units <= 0 OR ceiling_nano = 0 THEN 0 WHEN units <= 4611686018427387904 / ceiling_nano
            THEN (units * ceiling_nano + ceiling_per - 1) / ceiling_per END
        """
}
