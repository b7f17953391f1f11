package import WeirBilling

extension Invoices {
    /// What the invoices of a consumer's contracts would be now: of those that run, and of those that wait for agents. Nothing is stored,
    /// and their numbers are none.
    package func preview(of consumer: ConsumerRow) throws(StoreError) -> [(
        subscription: SubscriptionRow, invoice: Invoice
    )] {
        let columns = ContractRow.columns.map { "contract.\($0)" }.joined(separator: ", ")
        let rows = try connection.run(
            """
            SELECT \(columns) FROM contract JOIN subscription ON subscription.id = contract.subscription_id
            WHERE subscription.consumer_id = $1 AND contract.starts_at <= $2
                AND NOT EXISTS (SELECT 1 FROM invoice_closing WHERE invoice_closing.subject = contract.id)
            ORDER BY contract.subscription_id, contract.number
            """, [.text(consumer.id), .integer(now)])
        var previews: [(subscription: SubscriptionRow, invoice: Invoice)] = []
        for row in rows {
            var reader = RowReader(row)
            let subject = try subject(try ContractRow(&reader))
            let isOver = subject.row.endsAt.map { $0 <= now } ?? false
            let work = try work(on: subject, isPreview: true, isOver: isOver)
            guard work.isWorthIt else { continue }
            let provider = try catalogue.provider(subject.planRow.providerID, field: "provider")
            let place = Int64(previews.count + 1)
            let invoice = try Self.billing("the preview of \(subject.row.id)") { () throws(BillingError) in
                try Invoice(
                    InvoiceNumber(series: "PREVIEW", sequence: place), of: work.draft,
                    seller: provider.name.isEmpty ? provider.slug : provider.name,
                    consumer: consumer.name.isEmpty ? consumer.id : consumer.name, consumerID: consumer.id,
                    from: subject.row.startsAt, to: max(subject.row.endsAt ?? now, subject.row.startsAt + 1),
                    issued: now)
            }
            previews.append((subject.subscription, invoice))
        }
        return previews
    }
}
