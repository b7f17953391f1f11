import WeirStore

/// What `weir fsck` prints.
struct FsckText {
    private let report: FsckReport
    private let database: String

    init(_ report: FsckReport, of database: String) {
        self.report = report
        self.database = database
    }

    /// A line for each invariant; below a broken one the row, and what is there.
    var lines: String {
        var lines: [String] = []
        let width = report.checks.map(\.name.count).max() ?? 0
        for check in report.checks {
            let name = check.name + String(repeating: " ", count: width - check.name.count)
            guard let finding = report.findings.first(where: { $0.check == check.name }) else {
                lines.append("ok      \(name)  \(check.claim)")
                continue
            }
            lines.append("BROKEN  \(name)  \(check.claim)")
            lines.append("        first at \(finding.row)")
            lines.append("        " + finding.values.map { "\($0.name) \($0.value)" }.joined(separator: ", "))
        }
        let rows = report.counts.map { "\(Wording.count(UInt64($0.rows))) \($0.table)" }.joined(separator: ", ")
        lines.append("")
        lines.append("\(database): \(rows)")
        lines.append(
            report.isSound
                ? "everything adds up"
                : "\(report.findings.count) of \(report.checks.count) invariants are broken")
        return lines.joined(separator: "\n")
    }

    private struct Document: Encodable {
        struct Check: Encodable {
            var name: String
            var claim: String
            var isSound: Bool
            var row: String?
            var values: [String: String]?
        }

        var database: String
        var isSound: Bool
        var checks: [Check]
        var rows: [String: Int64]
    }

    var json: String {
        get throws {
            let checks = report.checks.map { check in
                let finding = report.findings.first { $0.check == check.name }
                return Document.Check(
                    name: check.name, claim: check.claim, isSound: finding == nil, row: finding?.row,
                    values: finding.map { found in
                        Dictionary(found.values.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
                    })
            }
            return try JSONText.encode(
                Document(
                    database: database, isSound: report.isSound, checks: checks,
                    rows: Dictionary(report.counts.map { ($0.table, $0.rows) }, uniquingKeysWith: { first, _ in first })
                ))
        }
    }
}
