extension Schema {
    /// Draws by meter: what each meter of a contract has taken of a grant of money, at which ceiling, and where its price stands.
    package static let draws: [String] =
        [
            "ALTER TABLE plan_meter ADD COLUMN used_up TEXT NOT NULL DEFAULT ''",
            // The code of the one meter that money pays for; empty for any.
            "ALTER TABLE credit_grant ADD COLUMN scope TEXT NOT NULL DEFAULT ''",
            // Units of a window's cells, of grants of money only; `rated` of them are in the price's state already. The ceiling is that of the
            // contract's plan: the window's spent is the sum of units at their ceilings.
            """
            CREATE TABLE window_draw (
                grant_id TEXT NOT NULL REFERENCES credit_grant (id),
                incarnation TEXT NOT NULL,
                contract TEXT NOT NULL,
                meter TEXT NOT NULL,
                units BIGINT NOT NULL,
                ceiling_nano BIGINT NOT NULL CHECK (ceiling_nano >= 0),
                ceiling_per BIGINT NOT NULL CHECK (ceiling_per > 0),
                rated BIGINT NOT NULL,
                PRIMARY KEY (grant_id, incarnation, contract, meter)
            ){clustered}
            """,
        ] + moved

    /// Before, money was drawn on by one meter, which nothing named: the one of the plan that costs something.
    private static let moved = [
        """
        INSERT INTO window_draw (grant_id, incarnation, contract, meter, units, ceiling_nano, ceiling_per, rated)
        SELECT summed.grant_id, summed.token, summed.contract, \(meter("summed.contract")), summed.units, summed.ceiling_nano,
            summed.ceiling_per, coalesce(window_rated.units, 0)
        FROM (
            SELECT credit_grant.id AS grant_id, incarnation.token AS token, dimension.contract AS contract,
                credit_grant.ceiling_nano AS ceiling_nano, credit_grant.ceiling_per AS ceiling_per,
                CAST(sum(\(GrantSpending.signedUnits("cell"))) AS BIGINT) AS units
            FROM credit_grant JOIN dimension ON dimension.grant_id = credit_grant.id
                JOIN cell ON cell.dimension_id = dimension.id JOIN incarnation ON incarnation.id = cell.incarnation_id
            WHERE credit_grant.ledger LIKE '%/9'
            GROUP BY credit_grant.id, incarnation.token, dimension.contract, credit_grant.ceiling_nano, credit_grant.ceiling_per
        ) AS summed
        LEFT JOIN window_rated ON window_rated.grant_id = summed.grant_id AND window_rated.incarnation = summed.token
            AND window_rated.contract = summed.contract
        """,
        "DROP TABLE window_rated",
        "ALTER TABLE rated RENAME TO rated_before",
        """
        CREATE TABLE rated (
            grant_id TEXT NOT NULL REFERENCES credit_grant (id),
            contract TEXT NOT NULL,
            meter TEXT NOT NULL,
            units BIGINT NOT NULL,
            posted BIGINT NOT NULL,
            PRIMARY KEY (grant_id, contract, meter)
        ){clustered}
        """,
        """
        INSERT INTO rated (grant_id, contract, meter, units, posted)
        SELECT grant_id, contract, \(meter("rated_before.contract")), units, posted FROM rated_before
        """,
        "DROP TABLE rated_before",
        "CREATE INDEX rated_contract ON rated (contract, meter)",
    ]

    /// The meter that costs something in the plan of a contract; empty where nobody knows.
    private static func meter(_ contract: String) -> String {
        """
        coalesce((SELECT min(plan_meter.code) FROM plan_meter WHERE plan_meter.ceiling_nano > 0 AND plan_meter.plan_id = coalesce(
            (SELECT contract.plan_id FROM contract WHERE contract.id = \(contract)),
            (SELECT subscription.plan_id FROM subscription WHERE subscription.id = substr(\(contract), 1, 30)))), '')
        """
    }
}
