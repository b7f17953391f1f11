import WeirBilling

/// Invoices: nothing of them changes, nothing is billed twice, and nothing that was not used.
extension Fsck {
    static let invoices: [FsckCheck] = [
        FsckCheck(
            name: "I1-total",
            claim: "an invoice's total is the sum of its lines",
            statement: """
                SELECT 'invoice ' || invoice.number, invoice.total, coalesce(summed.amount, 0)
                FROM invoice LEFT JOIN (
                    SELECT invoice_id, CAST(sum(amount) AS BIGINT) AS amount FROM invoice_line GROUP BY invoice_id
                ) AS summed ON summed.invoice_id = invoice.id
                WHERE invoice.total <> coalesce(summed.amount, 0)
                """,
            columns: ["total", "lines' amounts"]),
        FsckCheck(
            name: "I2-carry",
            claim: "what a line takes over is what the one before it of the subscription, kind and meter has left",
            statement: """
                SELECT 'invoice_line ' || chain.number || ' ' || CAST(chain.line AS TEXT), chain.carried_nano,
                    chain.left_nano, chain.carried_remainder, chain.left_remainder
                FROM (
                    SELECT invoice.number, invoice_line.line, carried_nano, carried_remainder, carried_denominator,
                        coalesce(lag(carry_nano) OVER chained, 0) AS left_nano,
                        coalesce(lag(carry_remainder) OVER chained, 0) AS left_remainder,
                        coalesce(lag(carry_denominator) OVER chained, 1) AS left_denominator
                    FROM invoice_line JOIN invoice ON invoice.id = invoice_line.invoice_id
                    WHERE invoice_line.kind <> 'granted'
                    WINDOW chained AS (PARTITION BY invoice.subscription_id, invoice_line.kind, invoice_line.meter
                        ORDER BY invoice.sequence, invoice_line.line)
                ) AS chain
                WHERE carried_nano <> left_nano OR carried_remainder <> left_remainder
                    OR carried_denominator <> left_denominator
                """,
            columns: ["carried", "left before", "carried's fraction", "the fraction left before"]),
        FsckCheck(
            name: "I3-numbers",
            claim: "the numbers of a series begin at 1 and leave none out",
            statement: """
                SELECT 'invoice_series ' || invoice_series.series, invoice_series.last, coalesce(counted.rows, 0),
                    coalesce(counted.last, 0)
                FROM invoice_series LEFT JOIN (
                    SELECT series, count(*) AS rows, max(sequence) AS last FROM invoice GROUP BY series
                ) AS counted ON counted.series = invoice_series.series
                WHERE invoice_series.last <> coalesce(counted.rows, 0) OR invoice_series.last <> coalesce(counted.last, 0)
                """,
            columns: ["last", "invoices", "highest number"]),
        FsckCheck(
            name: "I4-charges",
            claim: "a fee or credit of a contract that is dealt with is on one invoice",
            statement: """
                SELECT 'contract_charge ' || contract_charge.id, contract_charge.nano
                FROM contract_charge JOIN invoice_closing ON invoice_closing.subject =
                    CASE contract_charge.order_id WHEN '' THEN contract_charge.contract_id ELSE contract_charge.order_id END
                WHERE (contract_charge.nano <> 0 OR contract_charge.remainder <> 0)
                    AND contract_charge.made_at <= invoice_closing.closed_at
                    AND NOT EXISTS (SELECT 1 FROM invoice_line WHERE invoice_line.charge_id = contract_charge.id)
                """,
            columns: ["amount"]),
        FsckCheck(
            name: "I5-units",
            claim:
                "no contract is billed more units than it has used, but for what was reported since and is still to be credited",
            statement: """
                SELECT 'contract ' || billed.contract, billed.units, coalesce(used.units, 0)
                FROM (
                    SELECT invoice_line.contract, max(invoice.issued_at) AS issued_at,
                        CAST(sum(CASE kind WHEN 'minimum' THEN 0 ELSE units_to - coalesce(units_from, 0) END)
                            AS BIGINT) AS units
                    FROM invoice_line JOIN invoice ON invoice.id = invoice_line.invoice_id
                    WHERE units_to IS NOT NULL GROUP BY invoice_line.contract
                ) AS billed LEFT JOIN (
                    SELECT dimension.contract AS contract,
                        CAST(sum(\(GrantSpending.signedUnits("usage_hour"))) AS BIGINT) AS units
                    FROM dimension JOIN usage_hour ON usage_hour.dimension_id = dimension.id
                    WHERE dimension.contract <> '' AND dimension.grant_id <> '' GROUP BY dimension.contract
                ) AS used ON used.contract = billed.contract
                WHERE billed.units > coalesce(used.units, 0) AND NOT EXISTS (
                    SELECT 1 FROM dimension JOIN outbox ON outbox.dimension_id = dimension.id
                    WHERE dimension.contract = billed.contract AND outbox.changed_at >= billed.issued_at)
                """,
            columns: ["billed", "used"]),
        FsckCheck(
            name: "I6-billed",
            claim: "what invoices have billed of a grant is what its transfers say",
            statement: """
                SELECT 'credit_grant ' || billed.grant_id, billed.amount, coalesce(moved.amount, 0)
                FROM (
                    SELECT grant_id, CAST(sum(billed) AS BIGINT) AS amount FROM invoice_drawn GROUP BY grant_id
                ) AS billed JOIN credit_grant ON credit_grant.id = billed.grant_id
                LEFT JOIN (
                    SELECT transfer.credit_id, CAST(sum(transfer.amount) AS BIGINT) AS amount
                    FROM transfer JOIN invoice ON invoice.number = transfer.ref_id
                    WHERE transfer.code = 'bill' AND transfer.ref_kind = 'invoice' GROUP BY transfer.credit_id
                ) AS moved ON moved.credit_id = credit_grant.account_id
                WHERE billed.amount <> coalesce(moved.amount, 0)
                """,
            columns: ["billed", "transfers"]),
    ]

    static let sealed = (name: "I7-sealed", claim: "nothing of an invoice has changed since it was issued")
    /// Invoices that are read at once.
    private static let part = 100

    /// The first invoice that is not what was issued: each is read and its digest made again, a part of them at a time.
    static func changedInvoice(_ connection: any SQLConnection) throws(StoreError) -> FsckFinding? {
        let invoices = Invoices(Catalogue(connection, now: 0, identifier: Identifier { 0 }))
        var last = ""
        while true {
            let found = try invoices.invoices(after: last, limit: part)
            for (stored, digest) in found where stored.digest != digest {
                return FsckFinding(
                    check: sealed.name, claim: sealed.claim, row: "invoice \(stored.invoice.number)",
                    values: [.init(name: "digest", value: stored.digest), .init(name: "when issued", value: digest)])
            }
            guard let next = found.last?.stored.id, found.count == part else { return nil }
            last = next
        }
    }
}
