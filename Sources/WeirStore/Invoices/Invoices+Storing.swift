import WeirBilling

/// Invoices at rest: written once.
extension Invoices {
    func store(_ stored: StoredInvoice, _ work: InvoiceWork) throws(StoreError) {
        let invoice = stored.invoice
        try insert(
            "invoice",
            [
                ("id", .text(stored.id)), ("number", .text("\(invoice.number)")),
                ("series", .text(invoice.number.series)), ("sequence", .integer(invoice.number.sequence)),
                ("provider_id", .text(stored.providerID)), ("consumer_id", .text(invoice.consumerID)),
                ("subscription_id", .text(stored.subscriptionID)), ("subject", .text(stored.subject)),
                ("seller", .text(invoice.seller)), ("consumer", .text(invoice.consumer)),
                ("currency", .text(invoice.currency.code)), ("coin", .integer(invoice.currency.nanosPerMinorUnit)),
                ("period_start", .integer(invoice.periodStart)), ("period_end", .integer(invoice.periodEnd)),
                ("issued_at", .integer(invoice.issued)), ("total", .integer(invoice.total.nano)),
                ("digest", .text(stored.digest)),
            ])
        for (index, line) in invoice.lines.enumerated() {
            try store(line, index, charge: work.charges[index], of: stored.id)
        }
        for (place, agent) in invoice.missing.enumerated() {
            try insert(
                "invoice_missing",
                [
                    ("invoice_id", .text(stored.id)), ("place", .integer(Int64(place))), ("agent", .text(agent.name)),
                    ("incarnation", .text(agent.incarnation)), ("watermark", .integer(optional: agent.watermark)),
                ])
        }
        for draw in work.draws where draw.drawn != 0 || draw.billed != 0 {
            try insert(
                "invoice_drawn",
                [
                    ("invoice_id", .text(stored.id)), ("contract", .text(draw.contract)), ("meter", .text(draw.meter)),
                    ("grant_id", .text(draw.grant)), ("drawn", .integer(draw.drawn)), ("billed", .integer(draw.billed)),
                ])
        }
        try keepCarries(stored, work.draft)
        _ = try connection.run(
            "UPDATE invoice_closing SET invoice_id = $1 WHERE subject = $2",
            [.text(stored.id), .text(stored.subject)])
    }

    private func store(
        _ line: InvoiceLine, _ index: Int, charge: String?, of invoice: String
    ) throws(StoreError) {
        let number = Int64(index + 1)
        var columns: [(String, SQLValue)] = [
            ("invoice_id", .text(invoice)), ("line", .integer(number)), ("kind", .text(line.kind.rawValue)),
            ("contract", .text(line.contract)), ("plan", .text(line.plan)),
            ("plan_version", .integer(line.planVersion)),
            ("meter", .text(optional: line.meter)), ("service_start", .integer(line.serviceStart)),
            ("service_end", .integer(line.serviceEnd)), ("units_from", .integer(optional: line.unitsFrom)),
            ("units_to", .integer(optional: line.unitsTo)), ("amount", .integer(line.amount.nano)),
            ("charge_id", .text(optional: charge)),
        ]
        for (name, amount) in [
            ("exact", line.money.exact), ("carried", line.money.carriedIn), ("carry", line.money.carry),
        ] {
            columns += [
                ("\(name)_nano", .integer(amount.whole.nano)), ("\(name)_remainder", .integer(amount.remainder)),
                ("\(name)_denominator", .integer(amount.denominator)),
            ]
        }
        try insert("invoice_line", columns)
        for (place, draw) in line.draws.enumerated() {
            try insert(
                "invoice_draw",
                [
                    ("invoice_id", .text(invoice)), ("line", .integer(number)), ("place", .integer(Int64(place))),
                    ("source", .text(draw.grant)), ("unit", .text(draw.allowance.unit)),
                    ("amount", .integer(draw.allowance.amount)),
                ])
        }
    }

    private func insert(_ table: String, _ columns: [(name: String, value: SQLValue)]) throws(StoreError) {
        let places = columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        _ = try connection.run(
            "INSERT INTO \(table) (\(columns.map(\.name).joined(separator: ", "))) VALUES (\(places))",
            columns.map(\.value))
    }

    // MARK: Carries

    /// What rounding has left of a subscription's lines.
    func carries(_ subscription: String, _ currency: Currency) throws(StoreError) -> [CarryKey: ExactAmount] {
        var carries: [CarryKey: ExactAmount] = [:]
        let rows = try connection.run(
            """
            SELECT kind, meter, nano, remainder, denominator FROM invoice_carry
            WHERE subscription_id = $1 AND (nano <> 0 OR remainder <> 0)
            """, [.text(subscription)])
        for row in rows {
            guard let kind = InvoiceLine.Kind(rawValue: try row.text(0)) else { continue }
            let meter = try row.text(1)
            let key = CarryKey(subscription: subscription, kind: kind, meter: meter.isEmpty ? nil : meter)
            carries[key] = try Self.exact(row, 2, currency)
        }
        return carries
    }

    private func keepCarries(_ stored: StoredInvoice, _ draft: InvoiceDraft) throws(StoreError) {
        let keys = Set(draft.lines.filter { $0.kind != .granted }.map(\.carryKey))
        for key in keys.sorted(by: { ($0.kind.rawValue, $0.meter ?? "") < ($1.kind.rawValue, $1.meter ?? "") }) {
            let carry = draft.carries[key] ?? .zero(draft.currency)
            _ = try connection.run(
                """
                INSERT INTO invoice_carry (subscription_id, kind, meter, nano, remainder, denominator)
                VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (subscription_id, kind, meter) DO UPDATE SET
                    nano = excluded.nano, remainder = excluded.remainder, denominator = excluded.denominator
                """,
                [
                    .text(key.subscription), .text(key.kind.rawValue), .text(key.meter ?? ""),
                    .integer(carry.whole.nano), .integer(carry.remainder), .integer(carry.denominator),
                ])
        }
    }

    /// An exact amount from three columns.
    static func exact(_ row: SQLRow, _ column: Int, _ currency: Currency) throws(StoreError) -> ExactAmount {
        let (nano, remainder, denominator) = (
            try row.integer(column), try row.integer(column + 1), try row.integer(column + 2)
        )
        return try billing("an amount of an invoice") { () throws(BillingError) in
            try ExactAmount(whole: Money(nano: nano, currency), remainder: remainder, of: denominator)
        }
    }
}
