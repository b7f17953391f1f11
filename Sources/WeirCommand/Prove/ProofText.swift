import WeirBench

/// The rows of a proof as people read them, and as deploy/FAULTS.md has them.
struct ProofText {
    private let rows: [ProofRow]

    init(_ rows: [ProofRow]) { self.rows = rows }

    private static let header = [
        "scenario", "outage", "agents", "bound", "requests", "admitted", "over", "declared", "/ central",
        "calls / check", "p99", "late", "recovery", "seed", "",
    ]
    private static let numbers: Set<Int> = [2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]

    private func cells(_ row: ProofRow) -> [String] {
        [
            row.scenario, row.outage.rawValue, "\(row.agents)", row.bound.description, "\(row.offered)",
            "\(row.admitted)", "\(row.over)", row.declared > 0 ? "\(Int(row.declared.rounded(.up)))" : "0",
            Wording.decimals(row.share, 2), Wording.decimals(row.callsPerCheck, 3),
            "\(Wording.decimals(row.p99Microseconds / 1_000, 1)) ms", "\(row.late)",
            row.recoverySeconds.map { "\(Wording.decimals($0, 2)) s" } ?? "", "\(row.seed)",
            row.holds ? "holds" : "FAILS",
        ]
    }

    /// Why rows do not hold, and what declared excesses are.
    private var notes: [String] {
        rows.flatMap { row in
            let name = "\(row.scenario), \(row.outage.rawValue)"
            let declared = row.declaredReason.isEmpty ? [] : ["\(name): declared: \(row.declaredReason)"]
            return declared + (row.facts + row.failures).map { "\(name): \($0)" }
        }
    }

    var text: String {
        var table = TextTable(Self.header, rightAligned: Self.numbers)
        for row in rows { table.add(cells(row)) }
        return ([table.text] + (notes.isEmpty ? [] : [notes.joined(separator: "\n")])).joined(separator: "\n\n")
    }

    var markdown: String {
        let rules = Self.header.indices.map { Self.numbers.contains($0) ? "---:" : "---" }
        let lines = [Self.header, rules] + rows.map(cells)
        let table = lines.map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
        return ([table] + (notes.isEmpty ? [] : [notes.map { "- \($0)" }.joined(separator: "\n")])).joined(
            separator: "\n\n")
    }
}
