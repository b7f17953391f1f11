/// Epochs: whether a version that an agent has is one that this database has given.
///
/// A version alone does not say: a database that was restored from a backup gives the same numbers again, to other changes. Each start of a
/// collector begins an epoch under a random id, and so does a collector whose database has gone back under it. An agent says with its
/// version the epoch that it was told; that is right only where the epoch was in force at the version.
extension Catalogue {
    /// Epochs that are remembered; who has an older one loads everything anew.
    private static var maximumEpochs: Int64 { 256 }

    /// Begins an epoch at the version that there is.
    ///
    /// - Parameter id: random; 1 to 64 letters, digits, `-` and `_`.
    package func beginEpoch(_ id: String) throws(StoreError) {
        let number = try connection.run("SELECT COALESCE(MAX(number), 0) + 1 FROM policy_epoch")[0].integer(0)
        _ = try connection.run(
            "INSERT INTO policy_epoch (number, id, from_version) VALUES ($1, $2, $3)",
            [.integer(number), .text(id), .integer(try policyVersion())])
        _ = try connection.run(
            "DELETE FROM policy_epoch WHERE number <= $1", [.integer(number - Self.maximumEpochs)])
    }

    /// The newest epoch; empty where none was begun.
    package func policyEpoch() throws(StoreError) -> String {
        let rows = try connection.run("SELECT id FROM policy_epoch ORDER BY number DESC LIMIT 1")
        return try rows.first.map { row throws(StoreError) in try row.text(0) } ?? ""
    }

    /// Whether a version is one that this database has given in an epoch.
    ///
    /// - Parameter epoch: nil where the asker knows of none: then nobody can tell, and he is believed.
    package func hasGiven(_ version: Int64, in epoch: String?) throws(StoreError) -> Bool {
        guard version <= (try policyVersion()) else { return false }
        guard let epoch, version > 0 else { return true }
        let rows = try connection.run(
            """
            SELECT policy_epoch.from_version,
                (SELECT MIN(next.from_version) FROM policy_epoch AS next WHERE next.number > policy_epoch.number)
            FROM policy_epoch WHERE id = $1
            """, [.text(epoch)])
        guard let row = rows.first else { return false }
        let end = row.isNull(1) ? Int64.max : try row.integer(1)
        return try row.integer(0) <= version && version <= end
    }
}
