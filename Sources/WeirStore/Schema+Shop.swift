extension Schema {
    /// What the shop front keeps: what was exported, what was told of grants, whose products are whose agents'.
    static let shop: [String] = exported + told + named

    private static let exported = [
        // Which revision of an hour the log of exports has.
        "ALTER TABLE outbox ADD COLUMN taken BIGINT NOT NULL DEFAULT 0",
        "CREATE INDEX outbox_due ON outbox (hour, dimension_id) WHERE taken < revision",
        // Who writes the log takes its row first, so that numbers are committed in their order.
        "CREATE TABLE export_head (id BIGINT PRIMARY KEY, number BIGINT NOT NULL){clustered}",
        "INSERT INTO export_head (id, number) VALUES (1, 0)",
        // What a meter came to in an hour of a subscription, and by how much that differs from the revision before. Rows are only
        // added: whoever exports them again exports the same.
        """
        CREATE TABLE export_entry (
            number BIGINT PRIMARY KEY,
            subscription_id TEXT NOT NULL REFERENCES subscription (id),
            consumer_id TEXT NOT NULL REFERENCES consumer (id),
            meter TEXT NOT NULL,
            hour BIGINT NOT NULL,
            revision BIGINT NOT NULL,
            value BIGINT NOT NULL,
            change BIGINT NOT NULL CHECK (change <> 0),
            made_at BIGINT NOT NULL,
            UNIQUE (subscription_id, hour, meter, revision)
        ){clustered}
        """,
        // How far each exporter has come: the last entry that it has written for good.
        """
        CREATE TABLE exporter (
            name TEXT PRIMARY KEY,
            number BIGINT NOT NULL,
            confirmed_at BIGINT NOT NULL
        ){clustered}
        """,
    ]

    private static let told = [
        // Behind which credit of a grant it was told that little is left, and that nothing is: each once.
        """
        CREATE TABLE grant_notice (
            grant_id TEXT PRIMARY KEY REFERENCES credit_grant (id),
            low_behind BIGINT NOT NULL,
            used_up_behind BIGINT NOT NULL
        ){clustered}
        """,
        "CREATE INDEX order_line_grant ON order_line (grant_id)",
    ]

    private static let named = [
        // Whose agents know of a product: those of the namespace; empty for all.
        "ALTER TABLE product ADD COLUMN namespace TEXT NOT NULL DEFAULT ''"
    ]
}
