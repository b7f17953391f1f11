import HTTPTypes
import WeirBilling
import WeirStore

/// Corrections of balances, and money that is given back.
enum AdjustmentEndpoints {
    static let all: [Endpoint] = [
        .add(
            "/v1/adjustments", "adjust", "Correct what a consumer may still use, or record that money was given back",
            [.admin], keying: .optional,
            body: [
                Field(
                    "order_id", .text(1...200),
                    "the correction's id in the seller's books: the same again changes nothing"),
                Field("consumer", .reference, "the id or external id of a consumer"),
                Field("grant", .reference, "the id of the grant that is corrected"),
                Field("amount", .change, "calls, bytes or money; below 0 takes, of what is neither used nor lent"),
                Field("reason", .text(1...200), "why: the statement says it"),
                Field(optional: "refund", .flag, "whether the amount, above 0, is given back to the consumer (false)"),
            ], OrderView.fields
        ) { call, catalogue throws(StoreError) in
            let consumer = try catalogue.consumer(call.fields.text("consumer", or: ""), field: "consumer")
            let reference = call.fields.text("grant", or: "")
            guard let grant = try catalogue.ledger.grant(reference), grant.consumer == consumer.id else {
                throw .refused(
                    .invalid, "grant",
                    "expected the id of a grant of the consumer, found \"\(reference.prefix(80))\": see its balance")
            }
            let isRefund = call.fields.flag("refund") == true
            let unit = try LedgerUnit(grant.ledger)
            let amount = try amount(call.fields.text("amount", or: ""), unit, isRefund: isRefund)
            let order = Order(
                externalID: call.fields.text("order_id", or: ""), consumer: consumer.id,
                subscription: grant.subscription, kind: .adjust,
                lines: [OrderLine(unit: unit, amount: amount, grant: grant.id, isRefund: isRefund)],
                actor: call.principal.id, reason: call.fields.text("reason", or: ""))
            let (receipt, isNew): (OrderReceipt, Bool)
            do throws(StoreError) {
                (receipt, isNew) = try catalogue.ledger.place(order)
            } catch {
                throw error.onTheWire
            }
            if isNew {
                try catalogue.note(
                    isRefund ? "order.refunded" : "order.adjusted", consumer: consumer.id, subject: receipt.id,
                    grant.id)
            }
            return Change(
                Answer(.created, OrderView.json(receipt)), isRefund ? "refund.add" : "adjustment.add", receipt.id)
        }
    ]

    /// The amount in base units of the grant's ledger, below 0 where it takes.
    private static func amount(_ text: String, _ unit: LedgerUnit, isRefund: Bool) throws(StoreError) -> Int64 {
        guard let currency = unit.currency else {
            guard !isRefund else {
                throw .refused(.invalid, "refund", "expected it for money only: the grant is of \(unit)")
            }
            guard let units = Int64(text) else {
                throw .refused(.invalid, "amount", "expected a whole number, as the grant is of \(unit), found \(text)")
            }
            return units
        }
        let nano: Int64
        do throws(BillingError) {
            nano = try Money(figure: text, currency).nano
        } catch {
            throw .refused(.invalid, "amount", "expected \(error.expected), found \(error.found); \(error.advice)")
        }
        guard isRefund else { return nano }
        guard nano > 0 else {
            throw .refused(.invalid, "amount", "expected more than 0 with refund: it is what was given back")
        }
        return -nano
    }
}

extension StoreError {
    /// The same refusal with the names that fields have on the wire.
    fileprivate var onTheWire: StoreError {
        guard let refusal else { return self }
        let field =
            switch refusal.field {
            case "external_id", "kind", "subscription", "lines[0].grant": "order_id"
            case "lines[0].amount": "amount"
            case "lines[0].refund": "refund"
            default: refusal.field
            }
        return .refused(refusal.kind, field, refusal.detail)
    }
}
