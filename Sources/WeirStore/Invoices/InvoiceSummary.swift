import WeirBilling

/// An invoice in a list, and whether it is paid: computed from the ledger, not stored in it.
package struct InvoiceSummary: Equatable, Sendable {
    package enum State: String, CaseIterable, Sendable {
        /// Something of it is to be paid.
        case open
        /// Nothing is to be paid any more, or nothing was.
        case paid
        /// Its total is below 0: the consumer has that as credit.
        case credit
    }

    package let id: String
    package let number: String
    package let providerID: String
    package let consumerID: String
    package let subscriptionID: String
    package let subject: String
    package let currency: String
    package let periodStart: Int64
    package let periodEnd: Int64
    package let issuedAt: Int64
    package let total: Int64
    /// What of it is to be paid still, in nano-units.
    package let unpaid: Int64

    package var state: State { unpaid > 0 ? .open : total < 0 ? .credit : .paid }

    init(_ row: SQLRow) throws(StoreError) {
        var reader = RowReader(row)
        id = try reader.text()
        number = try reader.text()
        providerID = try reader.text()
        consumerID = try reader.text()
        subscriptionID = try reader.text()
        subject = try reader.text()
        currency = try reader.text()
        periodStart = try reader.integer()
        periodEnd = try reader.integer()
        issuedAt = try reader.integer()
        total = try reader.integer()
        unpaid = try reader.integer()
    }
}

extension Invoices {
    /// Which invoices are asked for; nil for all.
    package struct Filter: Equatable, Sendable {
        package var consumer: String?
        package var provider: String?
        package var state: InvoiceSummary.State?
        package var number: String?

        package init(
            consumer: String? = nil, provider: String? = nil, state: InvoiceSummary.State? = nil, number: String? = nil
        ) {
            self.consumer = consumer
            self.provider = provider
            self.state = state
            self.number = number
        }
    }

    /// Invoices behind an id, in the order of their ids, which is that in which they were issued.
    package func list(_ filter: Filter, after id: String = "", limit: Int) throws(StoreError) -> [InvoiceSummary] {
        var values: [SQLValue] = [.text(id)]
        var condition = "invoice.id > $1"
        for (column, value) in [
            ("consumer_id", filter.consumer), ("provider_id", filter.provider), ("number", filter.number),
        ] {
            guard let value else { continue }
            values.append(.text(value))
            condition += " AND invoice.\(column) = $\(values.count)"
        }
        values.append(.integer(Int64(limit)))
        return try connection.run(
            """
            SELECT id, number, provider_id, consumer_id, subscription_id, subject, currency, period_start, period_end,
                issued_at, total, unpaid
            FROM (
                SELECT asked.*,
                    CASE WHEN total <= 0 OR left_over * 2 < coin THEN 0 WHEN left_over < total THEN left_over ELSE total
                        END AS unpaid
                FROM (SELECT invoice.*, \(Self.leftOver) AS left_over FROM invoice WHERE \(condition)) AS asked
            ) AS judged
            \(Self.condition(filter.state)) ORDER BY id LIMIT $\(values.count)
            """, values
        ).map { row throws(StoreError) in try InvoiceSummary(row) }
    }

    private static func condition(_ state: InvoiceSummary.State?) -> String {
        switch state {
        case nil: ""
        case .open: "WHERE unpaid > 0"
        case .paid: "WHERE unpaid = 0 AND total >= 0"
        case .credit: "WHERE total < 0"
        }
    }

    /// What the subscription owes in all, less what is due on later invoices and for fees that come on one: payments pay the oldest first.
    private static let leftOver = """
        (SELECT CAST(coalesce(sum(account.debits_posted - account.credits_posted), 0) AS BIGINT) FROM account
            WHERE account.ledger = invoice.currency || '/9' AND account.kind = 'receivable' AND account.owner IN (
                SELECT invoice.subscription_id UNION ALL
                SELECT credit_grant.id FROM credit_grant WHERE credit_grant.consumer = invoice.consumer_id
                    AND credit_grant.subscription = invoice.subscription_id))
        - (SELECT CAST(coalesce(sum(later.total), 0) AS BIGINT) FROM invoice AS later
            WHERE later.subscription_id = invoice.subscription_id AND later.sequence > invoice.sequence
                AND later.total > 0)
        - (SELECT CAST(coalesce(sum(contract_charge.nano), 0) AS BIGINT)
            FROM contract JOIN contract_charge ON contract_charge.contract_id = contract.id
            WHERE contract.subscription_id = invoice.subscription_id AND contract_charge.order_id = '' AND NOT EXISTS (
                SELECT 1 FROM invoice_line WHERE invoice_line.charge_id = contract_charge.id))
        """
}
