/// The few words of a schema that databases spell differently. Statements that read and write are the same for all.
package struct SQLDialect: Equatable, Sendable {
    /// A column that numbers its rows.
    let identity: String
    /// What makes a table lie in the order of its primary key, where that must be asked for.
    let clustered: String

    package static let sqlite = SQLDialect(identity: "INTEGER PRIMARY KEY", clustered: " WITHOUT ROWID")

    /// The schema's text in this dialect: `{identity}` and `{clustered}` replaced.
    func spelled(_ schema: String) -> String {
        schema.replacingOccurrences(of: "{identity}", with: identity)
            .replacingOccurrences(of: "{clustered}", with: clustered)
    }
}

extension String {
    /// The text with every occurrence of a part replaced.
    fileprivate func replacingOccurrences(of part: String, with other: String) -> String {
        split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }
}
