import FoundationEssentials
import WeirStore

/// Opens a database that is there; one that is not is none to check, and none is made.
enum FsckDatabase {
    static func open(_ url: String) throws(StoreError) -> any SQLDatabase {
        let scheme = "sqlite:"
        guard url.hasPrefix(scheme) else {
            throw StoreError(.unavailable, "--database: expected sqlite:PATH, found \"\(shown(url))\"")
        }
        let path = String(url.dropFirst(scheme.count))
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory else {
            throw StoreError(
                .unavailable,
                "there is no database at \(path): set --database to what WEIR_DATABASE of the collector says")
        }
        return try SQLiteDatabase(path: path)
    }

    /// A URL may hold a password: only its scheme is shown.
    private static func shown(_ url: String) -> String {
        let scheme = url.prefix { $0 != ":" }
        return scheme.count == url.count ? String(url.prefix(40)) : "\(scheme.prefix(20)):…"
    }
}
