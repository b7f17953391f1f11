import WeirStore

/// An order as the API shows it.
enum OrderView {
    static let kinds = Order.Kind.allCases.map(\.rawValue)

    static let fields = [
        Field("id", .reference, "its id"), Field("order_id", .text(1...200), "the payer's own id of it"),
        Field("kind", .choice(kinds), "what it is"),
        Field("currency", .nullable(.currency), "the currency that was paid in"),
        Field("amount", .nullable(.amount), "what was paid"), Field("made_at", .time, "when it was placed"),
        Field(
            "lines",
            .list(
                .object([
                    Field("grant", .reference, "the id of what was credited"),
                    Field("unit", .text(1...80), "a meter's code, or money:USD"),
                    Field("amount", .amount, "what was credited"),
                    Field("balance", .amount, "what the grant held behind it"),
                ]), most: Order.maximumLines), "what it has credited"),
    ]

    static func json(_ receipt: OrderReceipt) -> JSONValue {
        let lines = receipt.lines.map { line -> JSONValue in
            [
                "grant": .text(line.grant), "unit": .text(LedgerFigures.unit(line.ledger)),
                "amount": LedgerFigures.amount(line.amount, line.ledger),
                "balance": LedgerFigures.amount(line.balance, line.ledger),
            ]
        }
        let isPaid = !receipt.currency.isEmpty
        return [
            "id": .text(receipt.id), "order_id": .text(receipt.externalID), "kind": .text(receipt.kind.rawValue),
            "currency": isPaid ? .text(receipt.currency) : .null,
            "amount": isPaid ? .amount(receipt.amount, receipt.currency) : .null, "made_at": .time(receipt.madeAt),
            "lines": .list(lines),
        ]
    }
}
