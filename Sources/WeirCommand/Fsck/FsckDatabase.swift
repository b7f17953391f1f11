import FoundationEssentials
import WeirStore

/// Opens a database that is there; one that is not is none to check, and none is made.
enum FsckDatabase {
    static func open(_ url: String) async throws(StoreError) -> any SQLDatabase {
        let scheme = "sqlite:"
        guard url.hasPrefix(scheme) else { return try await postgreSQL(url) }
        let path = String(url.dropFirst(scheme.count))
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory else {
            throw StoreError(
                .unavailable,
                "there is no database at \(path): set --database to what WEIR_DATABASE of the collector says")
        }
        return try SQLiteDatabase(path: path)
    }

    private static func postgreSQL(_ url: String) async throws(StoreError) -> any SQLDatabase {
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
            throw StoreError(.unavailable, "--database: expected sqlite:PATH or postgres://…, found \"\(shown(url))\"")
        }
        let address: PostgreSQLAddress
        do throws(PostgreSQLAddressError) {
            address = try PostgreSQLAddress(url)
        } catch {
            throw StoreError(.unavailable, "--database: \(error)")
        }
        var options = PostgreSQLOptions(address: address)
        options.connections = 1
        // A check reads all of a table.
        options.statementTimeout = .seconds(3_600)
        let database = PostgreSQLDatabase(options)
        _ = try await database.connect()
        return database
    }

    /// A URL may hold a password: only its scheme is shown.
    static func shown(_ url: String) -> String {
        if url.hasPrefix("sqlite:") { return url }
        let scheme = url.prefix { $0 != ":" }
        return scheme.count == url.count ? String(url.prefix(40)) : "\(scheme.prefix(20)):…"
    }
}
