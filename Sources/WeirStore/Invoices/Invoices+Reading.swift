import WeirBilling

/// Invoices as they were issued.
extension Invoices {
    /// The invoice of a number or an id.
    ///
    /// - Throws: a refusal that names the field where there is none.
    package func invoice(_ reference: String, field: String = "invoice") throws(StoreError) -> StoredInvoice {
        let column = Identifier.isWellFormed(reference, .invoice) ? "id" : "number"
        let rows = try connection.run("\(Self.columns) WHERE \(column) = $1", [.text(reference)])
        guard let row = rows.first else {
            throw .refused(
                .missing, field,
                "expected the number of an invoice such as ACME-000042, found \(LedgerText.quoted(reference)), which is none"
            )
        }
        return try stored(row)
    }

    /// Invoices behind an id, in the order of their ids.
    func invoices(after id: String, limit: Int) throws(StoreError) -> [(stored: StoredInvoice, digest: String)] {
        try connection.run(
            "\(Self.columns) WHERE id > $1 ORDER BY id LIMIT $2", [.text(id), .integer(Int64(limit))]
        ).map { row throws(StoreError) in (try stored(row), try row.text(13)) }
    }

    private static let columns = """
        SELECT id, number, provider_id, subscription_id, subject, seller, consumer, consumer_id, currency, period_start,
            period_end, issued_at, total, digest
        FROM invoice
        """

    private func stored(_ row: SQLRow) throws(StoreError) -> StoredInvoice {
        let (id, code, name) = (try row.text(0), try row.text(8), try row.text(1))
        let (number, currency) = try Self.billing("invoice \(id)") { () throws(BillingError) in
            (try InvoiceNumber(name), try Currency(code))
        }
        let invoice = Invoice(
            stored: number, seller: try row.text(5), consumer: try row.text(6), consumerID: try row.text(7),
            period: (try row.integer(9), try row.integer(10)), issued: try row.integer(11),
            lines: try lines(of: id, currency), missing: try missing(of: id),
            total: Money(nano: try row.integer(12), currency))
        return StoredInvoice(
            id: id, invoice: invoice, providerID: try row.text(2), subscriptionID: try row.text(3),
            subject: try row.text(4))
    }

    private func lines(of invoice: String, _ currency: Currency) throws(StoreError) -> [InvoiceLine] {
        let draws = try draws(of: invoice, currency)
        return try connection.run(
            """
            SELECT line, kind, contract, plan, plan_version, meter, service_start, service_end, units_from, units_to,
                exact_nano, exact_remainder, exact_denominator, carried_nano, carried_remainder, carried_denominator,
                amount, carry_nano, carry_remainder, carry_denominator
            FROM invoice_line WHERE invoice_id = $1 ORDER BY line
            """, [.text(invoice)]
        ).map { row throws(StoreError) in
            let money = RoundedLine(
                stored: try Self.exact(row, 10, currency), carriedIn: try Self.exact(row, 13, currency),
                amount: Money(nano: try row.integer(16), currency), carry: try Self.exact(row, 17, currency))
            return InvoiceLine(
                kind: InvoiceLine.Kind(rawValue: try row.text(1)) ?? .usage, contract: try row.text(2),
                plan: try row.text(3), planVersion: try row.integer(4), meter: row.isNull(5) ? nil : try row.text(5),
                serviceStart: try row.integer(6), serviceEnd: try row.integer(7),
                unitsTo: row.isNull(9) ? nil : try row.integer(9), unitsFrom: row.isNull(8) ? nil : try row.integer(8),
                draws: draws[try row.integer(0)] ?? [], money: money)
        }
    }

    private func draws(of invoice: String, _ currency: Currency) throws(StoreError) -> [Int64: [InvoiceDraw]] {
        var draws: [Int64: [InvoiceDraw]] = [:]
        let rows = try connection.run(
            "SELECT line, source, unit, amount FROM invoice_draw WHERE invoice_id = $1 ORDER BY line, place",
            [.text(invoice)])
        for row in rows {
            let (unit, amount) = (try row.text(2), try row.integer(3))
            let allowance: Allowance =
                unit.hasPrefix("money:") ? .money(Money(nano: amount, currency)) : .units(amount, meter: unit)
            draws[try row.integer(0), default: []].append(InvoiceDraw(grant: try row.text(1), allowance))
        }
        return draws
    }

    private func missing(of invoice: String) throws(StoreError) -> [PeriodClosing.Agent] {
        try connection.run(
            "SELECT agent, incarnation, watermark FROM invoice_missing WHERE invoice_id = $1 ORDER BY place",
            [.text(invoice)]
        ).map { row throws(StoreError) in
            PeriodClosing.Agent(
                name: try row.text(0), incarnation: try row.text(1), watermark: row.isNull(2) ? nil : try row.integer(2)
            )
        }
    }
}
