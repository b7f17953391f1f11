extension Schema {
    /// From which version of the policy on a run of the database's life counts: a database that was restored from a backup begins another
    /// one where the backup ended, and versions of the one before that are beyond are nobody's.
    static let epochs: [String] = [
        """
        CREATE TABLE policy_epoch (
            number BIGINT PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            from_version BIGINT NOT NULL
        ){clustered}
        """
    ]
}
