extension Schema {
    /// What is owned, owed and lent: accounts and what moves between them, orders, grants, credit windows.
    ///
    /// Amounts are base units of their ledger: nano-units of a currency in `USD/9`, calls, bytes or units in `calls:METER`. Consumers,
    /// subscriptions and plans are referred to by their ids as text.
    static let ledger: [String] = accounts + bought + lent + rated

    /// Room that an account's columns stay within, so that none of their sums leaves int64: 2⁶².
    static let maximumPosted: Int64 = 1 << 62

    private static let accounts = [
        // The columns are a cache of the account's transfers (posted) and open windows (pending), which `Fsck` recomputes. `entries`
        // numbers its transfers. The floor is what it may go down to: 0, or less by a credit limit; NULL where there is none.
        """
        CREATE TABLE account (
            id TEXT PRIMARY KEY,
            ledger TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (
                kind IN ('grant', 'cash', 'issue', 'earned', 'receivable', 'expired', 'shrink', 'adjust')),
            owner TEXT NOT NULL,
            debits_posted BIGINT NOT NULL CHECK (debits_posted >= 0),
            debits_pending BIGINT NOT NULL CHECK (debits_pending >= 0),
            credits_posted BIGINT NOT NULL CHECK (credits_posted >= 0),
            entries BIGINT NOT NULL,
            floor BIGINT,
            UNIQUE (ledger, kind, owner),
            CHECK (floor IS NULL OR credits_posted - debits_posted - debits_pending >= floor),
            CHECK ((kind = 'grant') = (floor IS NOT NULL))
        ){clustered}
        """,
        // Rows are only added: nothing in the program changes or removes one, and the numbers and balances of each account's chain
        // show where somebody else did.
        """
        CREATE TABLE transfer (
            id TEXT PRIMARY KEY,
            ledger TEXT NOT NULL,
            debit_id TEXT NOT NULL REFERENCES account (id),
            debit_entry BIGINT NOT NULL,
            debit_balance BIGINT NOT NULL,
            credit_id TEXT NOT NULL REFERENCES account (id),
            credit_entry BIGINT NOT NULL,
            credit_balance BIGINT NOT NULL,
            amount BIGINT NOT NULL CHECK (amount > 0),
            code TEXT NOT NULL,
            ref_kind TEXT NOT NULL,
            ref_id TEXT NOT NULL,
            actor TEXT NOT NULL,
            reason TEXT NOT NULL,
            made_at BIGINT NOT NULL,
            UNIQUE (debit_id, debit_entry),
            UNIQUE (credit_id, credit_entry),
            CHECK (debit_id <> credit_id)
        ){clustered}
        """,
        "CREATE INDEX transfer_ref ON transfer (ref_id, ref_kind)",
    ]

    private static let bought = [
        // Why anything was credited. The external id is the buyer's: the same one again changes nothing.
        """
        CREATE TABLE orders (
            id TEXT PRIMARY KEY,
            consumer TEXT NOT NULL,
            external_id TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('purchase', 'topup', 'renewal', 'trial', 'adjust')),
            subscription TEXT NOT NULL,
            currency TEXT NOT NULL,
            amount BIGINT NOT NULL,
            actor TEXT NOT NULL,
            reason TEXT NOT NULL,
            made_at BIGINT NOT NULL,
            UNIQUE (consumer, external_id)
        ){clustered}
        """,
        // What the order credited to which grant (or took, where below 0), and the grant's balance behind it.
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
        // What a consumer may spend. kind: a package ends or is used up; a balance is credited again and again. Money is spent at
        // ceiling_nano for ceiling_per units, and charged exactly when a window is settled.
        """
        CREATE TABLE credit_grant (
            id TEXT PRIMARY KEY,
            consumer TEXT NOT NULL,
            subscription TEXT NOT NULL,
            order_id TEXT NOT NULL,
            account_id TEXT NOT NULL UNIQUE REFERENCES account (id),
            ledger TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('package', 'balance')),
            priority BIGINT NOT NULL,
            effective_at BIGINT NOT NULL,
            expires_at BIGINT,
            created_at BIGINT NOT NULL,
            closed_at BIGINT,
            ceiling_nano BIGINT NOT NULL CHECK (ceiling_nano >= 0),
            ceiling_per BIGINT NOT NULL CHECK (ceiling_per > 0),
            credit_limit BIGINT NOT NULL CHECK (credit_limit >= 0),
            upstream BIGINT NOT NULL CHECK (upstream >= 0),
            upstream_held BIGINT NOT NULL CHECK (upstream_held >= 0),
            version BIGINT NOT NULL,
            CHECK (expires_at IS NULL OR expires_at > effective_at)
        ){clustered}
        """,
        "CREATE INDEX credit_grant_consumer ON credit_grant (consumer, subscription)",
        "CREATE INDEX credit_grant_expiry ON credit_grant (closed_at, expires_at)",
        "CREATE INDEX credit_grant_version ON credit_grant (version)",
    ]

    private static let lent = [
        // What one incarnation of an agent holds of one grant; every counter is cumulative. `units` is the sum of its cells, and `spent`
        // the same in the ledger's units: both move in the transaction that merges the cells.
        """
        CREATE TABLE credit_window (
            grant_id TEXT NOT NULL REFERENCES credit_grant (id),
            incarnation TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('open', 'expired', 'closed', 'abandoned')),
            granted BIGINT NOT NULL CHECK (granted >= 0),
            returned BIGINT NOT NULL CHECK (returned >= 0),
            units BIGINT NOT NULL,
            spent BIGINT NOT NULL CHECK (spent >= 0),
            posted BIGINT NOT NULL CHECK (posted >= 0),
            freed BIGINT NOT NULL CHECK (freed >= 0),
            shrunk BIGINT NOT NULL CHECK (shrunk >= 0),
            recalled BIGINT NOT NULL,
            entries BIGINT NOT NULL,
            settled_hour BIGINT NOT NULL,
            opened_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (grant_id, incarnation),
            CHECK (posted + freed <= spent - shrunk AND spent - shrunk <= granted - returned)
        ){clustered}
        """,
        "CREATE INDEX credit_window_state ON credit_window (state, expires_at)",
        "CREATE INDEX credit_window_grant ON credit_window (grant_id, state)",
        "CREATE INDEX dimension_grant ON dimension (grant_id)",
    ]

    private static let rated = [
        // Where the price of a money grant stands in each of its periods: the units that are charged, and what was posted for them.
        """
        CREATE TABLE rated (
            grant_id TEXT NOT NULL REFERENCES credit_grant (id),
            contract TEXT NOT NULL,
            units BIGINT NOT NULL,
            posted BIGINT NOT NULL,
            PRIMARY KEY (grant_id, contract)
        ){clustered}
        """,
        // Which of a window's units are in there already.
        """
        CREATE TABLE window_rated (
            grant_id TEXT NOT NULL,
            incarnation TEXT NOT NULL,
            contract TEXT NOT NULL,
            units BIGINT NOT NULL,
            PRIMARY KEY (grant_id, incarnation, contract)
        ){clustered}
        """,
    ]
}
