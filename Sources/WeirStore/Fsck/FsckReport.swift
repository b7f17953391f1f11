/// What became of checking a database.
package struct FsckReport: Equatable, Sendable {
    /// Every invariant that was checked, by name, with what it claims.
    package let checks: [(name: String, claim: String)]
    /// The first row of each that is broken, in the same order.
    package let findings: [FsckFinding]
    /// Rows that the database has of the tables that matter.
    package let counts: [(table: String, rows: Int64)]

    package var isSound: Bool { findings.isEmpty }

    package static func == (left: FsckReport, right: FsckReport) -> Bool {
        left.findings == right.findings && left.checks.map(\.name) == right.checks.map(\.name)
            && left.counts.map(\.rows) == right.counts.map(\.rows)
    }
}
