package import WeirBilling

/// A fee of a contract, or what of one is given back (then below 0): exact, as an invoice line rounds it.
package struct ChargeRow: CatalogueRow {
    package enum Kind: String, CaseIterable, Sendable { case fee, credit }

    package var id: String
    package var contractID: String
    package var kind: Kind
    /// Whole nano-units, and `remainder`/`denominator` of one more.
    package var nano: Int64
    package var remainder: Int64
    package var denominator: Int64
    /// The part of the contract that it is for; the end is not in it.
    package var serviceStart: Int64
    package var serviceEnd: Int64
    /// The purchase of a package; empty otherwise.
    package var orderID: String
    package var madeAt: Int64

    package static let table = "contract_charge"
    package static let columns = [
        "id", "contract_id", "kind", "nano", "remainder", "denominator", "service_start", "service_end", "order_id",
        "made_at",
    ]

    package init(
        id: String, contractID: String, kind: Kind, amount: ExactAmount, serviceStart: Int64, serviceEnd: Int64,
        orderID: String = "", madeAt: Int64
    ) {
        self.id = id
        self.contractID = contractID
        self.kind = kind
        nano = amount.whole.nano
        remainder = amount.remainder
        denominator = amount.denominator
        self.serviceStart = serviceStart
        self.serviceEnd = serviceEnd
        self.orderID = orderID
        self.madeAt = madeAt
    }

    package init(_ row: inout RowReader) throws(StoreError) {
        id = try row.text()
        contractID = try row.text()
        kind = try row.choice(Kind.self)
        nano = try row.integer()
        remainder = try row.integer()
        denominator = try row.integer()
        serviceStart = try row.integer()
        serviceEnd = try row.integer()
        orderID = try row.text()
        madeAt = try row.integer()
    }

    package var values: [SQLValue] {
        [
            .text(id), .text(contractID), .text(kind.rawValue), .integer(nano), .integer(remainder),
            .integer(denominator), .integer(serviceStart), .integer(serviceEnd), .text(orderID), .integer(madeAt),
        ]
    }

    /// The amount in the currency of the contract's plan.
    package func amount(in currency: Currency) throws(BillingError) -> ExactAmount {
        try ExactAmount(whole: Money(nano: nano, currency), remainder: remainder, of: denominator)
    }
}
