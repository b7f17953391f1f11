extension Schema {
    /// What is sold, to whom, under which contract, and what was done to it. Columns that end in `_at` are seconds since 1970.
    ///
    /// Rows that agents are told of carry the `version` of the change that touched them last, drawn from the one row of
    /// `policy_version` in the same transaction: a delta is what has a higher one.
    static let catalogue: [String] =
        [
            "CREATE TABLE policy_version (id BIGINT PRIMARY KEY, version BIGINT NOT NULL){clustered}",
            "INSERT INTO policy_version (id, version) VALUES (1, 1)",
            // What agents were told of and is there no more.
            """
            CREATE TABLE gone (
                id TEXT PRIMARY KEY,
                kind TEXT NOT NULL,
                version BIGINT NOT NULL
            ){clustered}
            """,
            "CREATE INDEX gone_version ON gone (version)",
        ] + sold + bought + recorded + access

    /// Who sells what.
    private static let sold = [
        """
        CREATE TABLE provider (
            id TEXT PRIMARY KEY,
            slug TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            created_at BIGINT NOT NULL
        ){clustered}
        """,
        // Hosts: `|` between, empty for any. The upstream cost is cost_nano nano-units of cost_currency for cost_per calls.
        """
        CREATE TABLE product (
            id TEXT PRIMARY KEY,
            provider_id TEXT NOT NULL REFERENCES provider (id),
            slug TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            docs_url TEXT NOT NULL,
            listed BIGINT NOT NULL,
            hosts TEXT NOT NULL,
            cost_currency TEXT NOT NULL,
            cost_nano BIGINT NOT NULL,
            cost_per BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            version BIGINT NOT NULL
        ){clustered}
        """,
        "CREATE INDEX product_version ON product (version)",
        """
        CREATE TABLE route (
            id TEXT PRIMARY KEY,
            product_id TEXT NOT NULL REFERENCES product (id),
            name TEXT NOT NULL,
            methods TEXT NOT NULL,
            path TEXT NOT NULL,
            weight BIGINT NOT NULL,
            place BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            version BIGINT NOT NULL,
            UNIQUE (product_id, name)
        ){clustered}
        """,
        "CREATE INDEX route_version ON route (version)",
        """
        CREATE TABLE meter (
            id TEXT PRIMARY KEY,
            product_id TEXT NOT NULL REFERENCES product (id),
            code TEXT NOT NULL,
            dimension TEXT NOT NULL,
            filter TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            UNIQUE (product_id, code)
        ){clustered}
        """,
        // A version of a plan: its file, and what of it is asked for without reading the file. published_at is NULL while it is a
        // draft; nothing of it changes from then on. It is sold from effective_at until the next version's.
        """
        CREATE TABLE plan (
            id TEXT PRIMARY KEY,
            provider_id TEXT NOT NULL REFERENCES provider (id),
            code TEXT NOT NULL,
            number BIGINT NOT NULL,
            source TEXT NOT NULL,
            mode TEXT NOT NULL,
            currency TEXT NOT NULL,
            fee_nano BIGINT,
            unreported TEXT NOT NULL,
            outage TEXT NOT NULL,
            rules TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            published_at BIGINT,
            effective_at BIGINT,
            version BIGINT NOT NULL,
            UNIQUE (code, number)
        ){clustered}
        """,
        "CREATE INDEX plan_version ON plan (version)",
        """
        CREATE TABLE plan_product (
            plan_id TEXT NOT NULL REFERENCES plan (id),
            product_id TEXT NOT NULL REFERENCES product (id),
            PRIMARY KEY (plan_id, product_id)
        ){clustered}
        """,
        // The meters that a plan prices, as they were when it was published.
        """
        CREATE TABLE plan_meter (
            id TEXT PRIMARY KEY,
            plan_id TEXT NOT NULL REFERENCES plan (id),
            code TEXT NOT NULL,
            dimension TEXT NOT NULL,
            filter TEXT NOT NULL,
            ceiling_nano BIGINT NOT NULL,
            ceiling_per BIGINT NOT NULL,
            version BIGINT NOT NULL,
            UNIQUE (plan_id, code)
        ){clustered}
        """,
        "CREATE INDEX plan_meter_version ON plan_meter (version)",
    ]

    /// Who buys, and by what they are known.
    private static let bought = [
        """
        CREATE TABLE consumer (
            id TEXT PRIMARY KEY,
            external_id TEXT UNIQUE,
            name TEXT NOT NULL,
            email TEXT NOT NULL,
            currency TEXT NOT NULL,
            zone TEXT NOT NULL,
            credit_limit_nano BIGINT NOT NULL,
            state TEXT NOT NULL,
            created_at BIGINT NOT NULL
        ){clustered}
        """,
        // Never the key itself: a keyed digest of it, and its first characters, by which people tell keys apart.
        """
        CREATE TABLE api_key (
            id TEXT PRIMARY KEY,
            consumer_id TEXT NOT NULL REFERENCES consumer (id),
            subscription_id TEXT,
            name TEXT NOT NULL,
            prefix TEXT NOT NULL,
            digest TEXT NOT NULL UNIQUE,
            state TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            starts_at BIGINT,
            expires_at BIGINT,
            revoked_at BIGINT,
            replaces TEXT,
            last_used_at BIGINT,
            version BIGINT NOT NULL
        ){clustered}
        """,
        "CREATE INDEX api_key_consumer ON api_key (consumer_id, id)",
        "CREATE INDEX api_key_version ON api_key (version)",
        // A contract: who accepted which version of which plan, and when.
        """
        CREATE TABLE subscription (
            id TEXT PRIMARY KEY,
            consumer_id TEXT NOT NULL REFERENCES consumer (id),
            plan_id TEXT NOT NULL REFERENCES plan (id),
            period BIGINT NOT NULL,
            state TEXT NOT NULL,
            starts_at BIGINT NOT NULL,
            ends_at BIGINT,
            accepted_by TEXT NOT NULL,
            accepted_at BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            version BIGINT NOT NULL
        ){clustered}
        """,
        "CREATE INDEX subscription_consumer ON subscription (consumer_id, id)",
        "CREATE INDEX subscription_version ON subscription (version)",
    ]

    /// What happened, for whoever wants to know later: rows are only added, but for the firsts and lasts of `funnel`.
    private static let recorded = [
        """
        CREATE TABLE funnel (
            consumer_id TEXT PRIMARY KEY REFERENCES consumer (id),
            signed_up_at BIGINT NOT NULL,
            first_key_at BIGINT,
            first_ok_at BIGINT,
            first_paid_at BIGINT,
            last_call_at BIGINT
        ){clustered}
        """,
        """
        CREATE TABLE audit (
            id {identity},
            at BIGINT NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            subject TEXT NOT NULL,
            before_text TEXT NOT NULL,
            after_text TEXT NOT NULL
        )
        """,
        "CREATE INDEX audit_subject ON audit (subject, id)",
        """
        CREATE TABLE event (
            id {identity},
            at BIGINT NOT NULL,
            kind TEXT NOT NULL,
            consumer_id TEXT NOT NULL,
            subject TEXT NOT NULL,
            detail TEXT NOT NULL
        )
        """,
        "CREATE INDEX event_consumer ON event (consumer_id, id)",
        // Each hour of a contract's dimension that has changed, and how often: what exporters send, and send again.
        """
        CREATE TABLE outbox (
            hour BIGINT NOT NULL,
            dimension_id BIGINT NOT NULL REFERENCES dimension (id),
            revision BIGINT NOT NULL,
            changed_at BIGINT NOT NULL,
            PRIMARY KEY (hour, dimension_id)
        ){clustered}
        """,
        "CREATE INDEX outbox_changed ON outbox (changed_at)",
    ]

    /// Who may ask the collector what, and what it has answered.
    private static let access = [
        // subject: the provider, the consumer or the agent's namespace that the token is bound to; empty for admins.
        """
        CREATE TABLE token (
            id TEXT PRIMARY KEY,
            scope TEXT NOT NULL,
            subject TEXT NOT NULL,
            name TEXT NOT NULL,
            digest TEXT NOT NULL UNIQUE,
            created_at BIGINT NOT NULL,
            expires_at BIGINT,
            revoked_at BIGINT
        ){clustered}
        """,
        """
        CREATE TABLE agent (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            namespace TEXT NOT NULL,
            token_id TEXT NOT NULL REFERENCES token (id),
            enrolled_at BIGINT NOT NULL
        ){clustered}
        """,
        // Answers that were given, sealed under the key that asked for them, for when they are asked for again.
        """
        CREATE TABLE idempotency (
            id TEXT PRIMARY KEY,
            request TEXT NOT NULL,
            status BIGINT NOT NULL,
            answer TEXT NOT NULL,
            created_at BIGINT NOT NULL
        ){clustered}
        """,
        "CREATE INDEX idempotency_created ON idempotency (created_at)",
        // One row: a digest that only the right pepper makes.
        "CREATE TABLE pepper_check (id BIGINT PRIMARY KEY, digest TEXT NOT NULL){clustered}",
    ]
}
