/// The tables, and how they came to be: each step once, forward only.
package enum Schema {
    /// Steps in order; a database's version is how many of them it has.
    static let steps: [[String]] = [
        [
            // One run of one agent. All of its totals are its own: merging by max never meets another's.
            """
            CREATE TABLE incarnation (
                id {identity},
                token TEXT NOT NULL UNIQUE,
                first_seen BIGINT NOT NULL,
                last_seen BIGINT NOT NULL
            )
            """,
            // By what usage is counted; each combination once.
            """
            CREATE TABLE dimension (
                id {identity},
                contract TEXT NOT NULL,
                consumer TEXT NOT NULL,
                plan TEXT NOT NULL,
                api_key TEXT NOT NULL,
                product TEXT NOT NULL,
                route TEXT NOT NULL,
                grant_id TEXT NOT NULL,
                UNIQUE (contract, consumer, plan, api_key, product, route, grant_id)
            )
            """,
            // The largest totals that an incarnation has reported of a cell.
            """
            CREATE TABLE cell (
                incarnation_id BIGINT NOT NULL REFERENCES incarnation (id),
                dimension_id BIGINT NOT NULL REFERENCES dimension (id),
                hour BIGINT NOT NULL,
                outcome BIGINT NOT NULL,
                calls BIGINT NOT NULL,
                units BIGINT NOT NULL,
                bytes_in BIGINT NOT NULL,
                bytes_out BIGINT NOT NULL,
                PRIMARY KEY (incarnation_id, dimension_id, hour, outcome)
            ){clustered}
            """,
            // Their sums over incarnations, kept in the same transactions: usage_hour = Σ cell, which
            // `UsageStore.audit` checks.
            """
            CREATE TABLE usage_hour (
                hour BIGINT NOT NULL,
                dimension_id BIGINT NOT NULL REFERENCES dimension (id),
                outcome BIGINT NOT NULL,
                calls BIGINT NOT NULL,
                units BIGINT NOT NULL,
                bytes_in BIGINT NOT NULL,
                bytes_out BIGINT NOT NULL,
                PRIMARY KEY (hour, dimension_id, outcome)
            ){clustered}{by_month}
            """,
            "CREATE INDEX usage_hour_dimension ON usage_hour (dimension_id, hour)",
        ],
        [
            // The last delivery of each agent that was taken: one that has a lower number than the agent remembers was
            // restored from a backup.
            """
            CREATE TABLE delivery (
                agent TEXT PRIMARY KEY,
                number BIGINT NOT NULL
            ){clustered}
            """
        ],
        catalogue,
        ledger,
        reading,
        contracts,
        draws,
        subscriptions,
        invoices,
        shop,
        epochs,
    ]

    /// What finds the usage of one consumer, and of one key.
    static let reading = [
        "CREATE INDEX dimension_consumer ON dimension (consumer)",
        "CREATE INDEX dimension_api_key ON dimension (api_key)",
    ]

    /// The version that this program writes.
    package static var version: Int { steps.count }

    /// Brings a database to this program's version.
    ///
    /// - Throws: `newer` when it is beyond that already; then nothing was touched.
    package static func migrate(_ database: any SQLDatabase) async throws(StoreError) {
        let dialect = database.dialect
        try await database.changeSchema { connection throws(StoreError) in
            _ = try connection.run("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
            let found = try connection.run("SELECT version FROM schema_version")
            let version = try found.first.map { row throws(StoreError) in Int(try row.integer(0)) } ?? 0
            guard version <= steps.count else {
                throw StoreError(
                    .newer,
                    "the database is of version \(version), this program knows \(steps.count): use a newer weir-collector"
                )
            }
            if found.isEmpty { _ = try connection.run("INSERT INTO schema_version (version) VALUES (0)") }
            for step in steps[version...] {
                for statement in step { _ = try connection.run(dialect.spelled(statement)) }
            }
            _ = try connection.run("UPDATE schema_version SET version = $1", [.integer(Int64(steps.count))])
        }
    }
}
