/// Checks every invariant of usage and ledger, and changes nothing.
///
/// Each check is one statement that finds the first row which breaks it: memory stays the same however many rows there are, and all of
/// them look at the same state of the database.
package struct Fsck: Sendable {
    private let database: any SQLDatabase

    package init(_ database: any SQLDatabase) { self.database = database }

    /// - Throws: `newer` or `failed` when the schema is not that of this program; then nothing was checked.
    package func run() async throws(StoreError) -> FsckReport {
        try await database.read { connection throws(StoreError) in try Self.report(connection) }
    }

    /// What a transaction sees, with what it has written itself.
    package static func report(_ connection: any SQLConnection) throws(StoreError) -> FsckReport {
        try expectVersion(connection)
        var findings: [FsckFinding] = []
        let checks = usage + ledger + windows + contracts + invoices
        for check in checks {
            if let finding = try first(check, connection) { findings.append(finding) }
        }
        if let finding = try changedInvoice(connection) { findings.append(finding) }
        let tables = [
            "usage_hour", "cell", "account", "transfer", "orders", "credit_grant", "credit_window", "contract",
            "invoice",
        ]
        let counts = try tables.map { table throws(StoreError) in
            (table: table, rows: try connection.run("SELECT count(*) FROM \(table)")[0].integer(0))
        }
        return FsckReport(checks: checks.map { ($0.name, $0.claim) } + [sealed], findings: findings, counts: counts)
    }

    private static func expectVersion(_ connection: any SQLConnection) throws(StoreError) {
        let version: Int64
        do throws(StoreError) {
            version = try connection.run("SELECT version FROM schema_version").first?.integer(0) ?? 0
        } catch {
            throw StoreError(.failed, "this is no database of a weir-collector: \(error)")
        }
        if version > Int64(Schema.version) {
            throw StoreError(
                .newer, "the database is of version \(version), this program knows \(Schema.version): use a newer weir")
        }
        if version < Int64(Schema.version) {
            throw StoreError(
                .failed,
                "the database is of version \(version), this program checks \(Schema.version): start a weir-collector of this version first"
            )
        }
    }

    private static func first(
        _ check: FsckCheck, _ connection: any SQLConnection
    ) throws(StoreError) -> FsckFinding? {
        guard let row = try connection.run("\(check.statement) LIMIT 1").first else { return nil }
        var values: [FsckFinding.Value] = []
        for (index, name) in check.columns.enumerated() {
            values.append(.init(name: name, value: row.shown(index + 1)))
        }
        return FsckFinding(check: check.name, claim: check.claim, row: try row.text(0), values: values)
    }
}

extension SQLRow {
    /// A column for people, whatever it holds.
    fileprivate func shown(_ column: Int) -> String {
        if isNull(column) { return "nothing" }
        if let number = try? integer(column) { return "\(number)" }
        return (try? text(column)) ?? "?"
    }
}
