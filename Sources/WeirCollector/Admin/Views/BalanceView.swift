import WeirStore

/// What a consumer has left, and how it came about, as the API shows it.
enum BalanceView {
    static let fields = [
        Field("consumer", .reference, "the id of the consumer"),
        Field(
            "grants",
            .list(
                .object([
                    Field("id", .reference, "its id"), Field("subscription", .reference, "the id of its contract"),
                    Field("kind", .choice(["package", "balance"]), "whether it is bought again or credited again"),
                    Field("unit", .text(1...80), "a meter's code, or money:USD"),
                    Field("left", .amount, "what was not used yet, wherever it is"),
                    Field("available", .amount, "what can still be lent to agents"),
                    Field("balance", .amount, "what is settled: usage moves it once an hour"),
                    Field("lent", .amount, "what agents hold of it"),
                    Field("credit_limit", .amount, "how far it may go below 0"),
                    Field(
                        "exposure", .nullable(.object(exposureFields)),
                        "what is owed, of one that may go below 0: it takes from the limit"),
                    Field("priority", .integer(Int64.min...Int64.max), "a lower one is drawn before"),
                    Field("effective_at", .time, "from when it may be used"),
                    Field("expires_at", .nullable(.time), "when what is left of it is gone"),
                ]), most: 1_000), "what may be used, in the order in which it is"),
    ]

    private static let exposureFields = [
        Field("unpaid", .amount, "billed, and not paid"), Field("unbilled", .amount, "used, and not billed"),
        Field("upstream", .amount, "what that use has cost upstream already"),
        Field("total", .amount, "all three: what is lost if nobody pays"),
    ]

    /// - Parameter exposures: by the ids of grants, of those that may go below 0.
    static func json(_ consumer: String, _ balances: [GrantBalance], _ exposures: [String: Exposure]) -> JSONValue {
        let grants = balances.map { balance -> JSONValue in
            let (grant, account) = (balance.grant, balance.account)
            return [
                "id": .text(grant.id), "subscription": .text(grant.subscription), "kind": .text(grant.kind.rawValue),
                "unit": .text(LedgerFigures.unit(grant.ledger)),
                "left": LedgerFigures.amount(balance.left, grant.ledger),
                "available": LedgerFigures.amount(account.available, grant.ledger),
                "balance": LedgerFigures.amount(account.settled, grant.ledger),
                "lent": LedgerFigures.amount(account.pending, grant.ledger),
                "credit_limit": LedgerFigures.amount(grant.creditLimit, grant.ledger),
                "exposure": exposures[grant.id].map { json($0) } ?? .null,
                "priority": .integer(grant.priority), "effective_at": .time(grant.effectiveAt),
                "expires_at": .time(grant.expiresAt),
            ]
        }
        return ["consumer": .text(consumer), "grants": .list(grants)]
    }

    private static func json(_ exposure: Exposure) -> JSONValue {
        func figure(_ amount: Int64) -> JSONValue { LedgerFigures.amount(amount, exposure.ledger) }
        return [
            "unpaid": figure(exposure.unpaid), "unbilled": figure(exposure.unbilled),
            "upstream": figure(exposure.upstream), "total": figure(exposure.total),
        ]
    }

    static let lineFields = [
        Field("id", .reference, "the id of the movement"), Field("at", .time, "when"),
        Field("grant", .reference, "what has moved"), Field("unit", .text(1...80), "a meter's code, or money:USD"),
        Field("code", .text(1...40), "purchase, topup, draw, expiry, …"),
        Field("amount", .amount, "above 0 where it credits, below 0 where it takes"),
        Field("before", .amount, "the balance before it"), Field("after", .amount, "the balance behind it"),
        Field("reference_kind", .text(0...40), "what it is about"),
        Field("reference", .text(0...200), "the id of that"),
        Field("actor", .text(0...200), "who did it"), Field("reason", .text(0...200), "why"),
    ]

    static func json(_ row: Catalogue.ConsumerStatementLine) -> JSONValue {
        let line = row.line
        return [
            "id": .text(line.transfer), "at": .time(line.at), "grant": .text(row.grant),
            "unit": .text(LedgerFigures.unit(row.ledger)), "code": .text(line.code),
            "amount": LedgerFigures.amount(line.amount, row.ledger),
            "before": LedgerFigures.amount(line.before, row.ledger),
            "after": LedgerFigures.amount(line.after, row.ledger), "reference_kind": .text(line.referenceKind),
            "reference": .text(line.reference), "actor": .text(line.actor), "reason": .text(line.reason),
        ]
    }
}
