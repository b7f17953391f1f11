import WeirSettings
import WeirStore

/// Opens what `WEIR_DATABASE` says, and brings it to this program's version.
struct CollectorDatabase {
    private let settings: CollectorSettings

    init(_ settings: CollectorSettings) { self.settings = settings }

    /// A database that is open.
    struct Opened {
        let database: any SQLDatabase
        /// What it is called in the banner, without password.
        let name: String
        /// Whether other collectors may use it too.
        let isShared: Bool
    }

    /// - Throws: `SettingsError` for a URL that is wrong, `CollectorStartError` for a database that cannot be used.
    func open() async throws -> Opened {
        let scheme = "sqlite:"
        guard settings.database.hasPrefix(scheme) else { return try await openPostgreSQL() }
        let path = String(settings.database.dropFirst(scheme.count))
        do throws(StoreError) {
            let database = try SQLiteDatabase(path: path)
            try await Schema.migrate(database)
            return Opened(database: database, name: "SQLite in \(path)", isShared: false)
        } catch {
            throw CollectorStartError("WEIR_DATABASE=\(settings.database): \(error)")
        }
    }

    private func openPostgreSQL() async throws -> Opened {
        var address: PostgreSQLAddress
        do throws(PostgreSQLAddressError) {
            address = try PostgreSQLAddress(settings.database)
        } catch {
            throw SettingsError(["WEIR_DATABASE: \(error)"])
        }
        if !settings.databasePassword.isEmpty { address.password = settings.databasePassword }
        var options = PostgreSQLOptions(address: address)
        options.connections = settings.databasePool
        options.poolTimeout = settings.databaseWait
        options.connectTimeout = settings.databaseConnectTimeout
        options.statementTimeout = settings.databaseTimeout
        options.retryBudget = settings.databaseRetry
        let database = PostgreSQLDatabase(options)
        do throws(StoreError) {
            let server = try await database.connect()
            try await Schema.migrate(database)
            return Opened(database: database, name: "\(server) at \(address)", isShared: true)
        } catch {
            throw CollectorStartError("WEIR_DATABASE=\(address): \(error)")
        }
    }
}
