import WeirBilling

/// An invoice that is being made: its lines, and what follows from them when it is issued.
struct InvoiceWork {
    var draft: InvoiceDraft
    /// The charges that lines are of, by the line's index.
    var charges: [Int: String] = [:]
    /// What money grants have paid or owe of it.
    var draws: [MoneyDraw] = []
    /// What is to be paid beside it, in nano-units: used beyond all grants, or lacking to a minimum.
    var owed: Int64 = 0
    /// Whether anything was used that somebody pays for.
    var isUsed = false

    init(_ draft: InvoiceDraft) { self.draft = draft }

    /// Whether there is something to say.
    var isWorthIt: Bool {
        !draft.lines.isEmpty && (isUsed || draft.lines.contains { $0.amount.nano != 0 })
    }

    /// What each grant is billed, in nano-units; in the order of their ids.
    var bills: [(grant: String, amount: Int64)] {
        Dictionary(draws.map { ($0.grant, $0.billed) }, uniquingKeysWith: +).filter { $0.value > 0 }
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
