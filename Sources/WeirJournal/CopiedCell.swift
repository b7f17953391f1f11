import WeirCore

/// A cell as it was copied out of the hot table, with its dimensions where the segment does not know them yet.
struct CopiedCell: Sendable {
    private let cell: CellSlot
    private let outcome: Outcome
    private let encoded: [UInt8]

    /// Nil for a slot whose outcome is damaged.
    init?(_ cell: CellSlot, of table: borrowing UsageTable, unless encoder: RecordEncoder?) {
        guard let outcome = cell.outcome else { return nil }
        self.cell = cell
        self.outcome = outcome
        let isKnown = encoder?.knows(cell.dictionary, cell.key) ?? false
        encoded = isKnown ? [] : table.encodedDimensions(of: cell)
    }

    func add(to encoder: inout RecordEncoder) {
        encoder.add(cell.dictionary, key: cell.key, hour: cell.hour, outcome: outcome, totals: cell.totals) { encoded }
    }
}
