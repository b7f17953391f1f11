extension Schema {
    /// Subscriptions in time: where each stands between its contracts, what agents are told of the next one, and payments of fees.
    package static let subscriptions: [String] = states + payments

    private static let states = [
        // What a subscription is beside its row and its contract. `anchor`: from when its periods count. `following`: what happens at the
        // contract's end in place of a renewal. `asked_end`: the end that it was made with. `withdrawals`: how often a period that was
        // prepared was taken back, for the ids of orders. At `look_at` something has to be done (NULL: never any more). A `revision` of 0
        // is of a database that had no periods.
        """
        CREATE TABLE subscription_state (
            id TEXT PRIMARY KEY REFERENCES subscription (id),
            anchor BIGINT NOT NULL,
            following TEXT NOT NULL CHECK (following IN ('', 'change', 'cancel')),
            following_plan TEXT,
            due_since BIGINT,
            is_paused BIGINT NOT NULL,
            is_lapsed BIGINT NOT NULL,
            ended_at BIGINT,
            asked_end BIGINT,
            withdrawals BIGINT NOT NULL,
            look_at BIGINT,
            revision BIGINT NOT NULL,
            CHECK ((following = 'change') = (following_plan IS NOT NULL))
        ){clustered}
        """,
        "CREATE INDEX subscription_state_look ON subscription_state (look_at)",
        """
        INSERT INTO subscription_state (id, anchor, following, is_paused, is_lapsed, ended_at, asked_end, withdrawals, look_at, revision)
        SELECT id, starts_at, '', CASE WHEN state = 'paused' THEN 1 ELSE 0 END, 0,
            CASE WHEN state = 'ended' THEN coalesce(ends_at, created_at) END, ends_at, 0,
            CASE WHEN state <> 'ended' THEN 0 END, 0
        FROM subscription
        """,
        // The period that follows, once it is prepared: its number, its first second, its plan.
        "ALTER TABLE subscription ADD COLUMN next_period BIGINT",
        "ALTER TABLE subscription ADD COLUMN next_from BIGINT",
        "ALTER TABLE subscription ADD COLUMN next_plan_id TEXT",
    ]

    /// Orders of the kind `payment`. SQLite changes no CHECK: the tables are made anew, with what they hold.
    private static let payments = [
        "CREATE TABLE order_line_before AS SELECT * FROM order_line",
        "CREATE TABLE orders_before AS SELECT * FROM orders",
        "DROP TABLE order_line",
        "DROP TABLE orders",
        """
        CREATE TABLE orders (
            id TEXT PRIMARY KEY,
            consumer TEXT NOT NULL,
            external_id TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('purchase', 'topup', 'renewal', 'trial', 'adjust', 'payment')),
            subscription TEXT NOT NULL,
            currency TEXT NOT NULL,
            amount BIGINT NOT NULL,
            actor TEXT NOT NULL,
            reason TEXT NOT NULL,
            made_at BIGINT NOT NULL,
            UNIQUE (consumer, external_id)
        ){clustered}
        """,
        """
        CREATE TABLE order_line (
            order_id TEXT NOT NULL REFERENCES orders (id),
            line BIGINT NOT NULL,
            ledger TEXT NOT NULL,
            amount BIGINT NOT NULL CHECK (amount <> 0),
            grant_id TEXT NOT NULL,
            balance BIGINT NOT NULL,
            PRIMARY KEY (order_id, line)
        ){clustered}
        """,
        """
        INSERT INTO orders (id, consumer, external_id, kind, subscription, currency, amount, actor, reason, made_at)
        SELECT id, consumer, external_id, kind, subscription, currency, amount, actor, reason, made_at FROM orders_before
        """,
        """
        INSERT INTO order_line (order_id, line, ledger, amount, grant_id, balance)
        SELECT order_id, line, ledger, amount, grant_id, balance FROM order_line_before
        """,
        "DROP TABLE order_line_before",
        "DROP TABLE orders_before",
    ]
}
