package import WeirBilling
import WeirCore

/// An invoice that was issued, and whose it is.
package struct StoredInvoice: Equatable, Sendable {
    package let id: String
    package let invoice: Invoice
    package let providerID: String
    package let subscriptionID: String
    /// The contract or the order that it is of.
    package let subject: String

    /// Of everything that it says: another one where a row was changed by hand.
    package var digest: String {
        var fields = [id, providerID, subscriptionID, subject, "\(invoice.number)"]
        fields += [invoice.seller, invoice.consumer, invoice.consumerID, invoice.currency.code]
        fields += [invoice.periodStart, invoice.periodEnd, invoice.issued, invoice.total.nano].map { "\($0)" }
        for agent in invoice.missing {
            fields += ["missing", agent.name, agent.incarnation, agent.watermark.map { "\($0)" } ?? ""]
        }
        for line in invoice.lines { fields += line.sealed }
        // Lengths in front, so that no text can be taken for two.
        return Hash128(deriving: fields.map { "\($0.utf8.count):\($0)" }.joined()).hex
    }
}

extension InvoiceLine {
    fileprivate var sealed: [String] {
        var fields = ["line", kind.rawValue, contract, plan, "\(planVersion)", meter ?? "/"]
        fields += ["\(serviceStart)", "\(serviceEnd)", unitsFrom.map { "\($0)" } ?? "", unitsTo.map { "\($0)" } ?? ""]
        for amount in [money.exact, money.carriedIn, ExactAmount(money.amount), money.carry] {
            fields.append("\(amount.whole.nano) \(amount.remainder) \(amount.denominator)")
        }
        for draw in draws { fields += ["draw", draw.grant, draw.allowance.unit, "\(draw.allowance.amount)"] }
        return fields
    }
}
