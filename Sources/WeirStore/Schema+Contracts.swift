extension Schema {
    /// Contracts over time: which version of which plan a subscription had in which period, and what is due for it beside usage.
    static let contracts: [String] = [
        // `id` is what usage is counted under: `sub_…/3`. It ends at `ends_at` (NULL: when it is ended), and is over for ever once
        // `closed_at` says so; a change in mid-period moves the end. `whole_start` is where its calendar's period begins, at or before
        // `starts_at`.
        """
        CREATE TABLE contract (
            id TEXT PRIMARY KEY,
            subscription_id TEXT NOT NULL REFERENCES subscription (id),
            number BIGINT NOT NULL,
            plan_id TEXT NOT NULL REFERENCES plan (id),
            starts_at BIGINT NOT NULL,
            ends_at BIGINT,
            whole_start BIGINT NOT NULL,
            is_trial BIGINT NOT NULL,
            closed_at BIGINT,
            UNIQUE (subscription_id, number)
        ){clustered}
        """,
        "CREATE INDEX contract_closed ON contract (closed_at, ends_at)",
        // Contracts of a database that had none: their first period.
        """
        INSERT INTO contract (id, subscription_id, number, plan_id, starts_at, ends_at, whole_start, is_trial, closed_at)
        SELECT id || '/' || period, id, period, plan_id, starts_at, ends_at, starts_at, 0,
            CASE WHEN state = 'ended' THEN ends_at END
        FROM subscription
        """,
        // Fees, and what of them is given back: exact amounts, `nano` and `remainder`/`denominator` of one more, in the plan's currency.
        // Written once, in the transaction that begins or ends the contract; `order_id` is the purchase of a package, empty otherwise.
        """
        CREATE TABLE contract_charge (
            id TEXT PRIMARY KEY,
            contract_id TEXT NOT NULL REFERENCES contract (id),
            kind TEXT NOT NULL CHECK (kind IN ('fee', 'credit')),
            nano BIGINT NOT NULL,
            remainder BIGINT NOT NULL,
            denominator BIGINT NOT NULL CHECK (denominator > 0),
            service_start BIGINT NOT NULL,
            service_end BIGINT NOT NULL,
            order_id TEXT NOT NULL,
            made_at BIGINT NOT NULL,
            CHECK (remainder >= 0 AND remainder < denominator)
        ){clustered}
        """,
        "CREATE INDEX contract_charge_contract ON contract_charge (contract_id)",
    ]
}
