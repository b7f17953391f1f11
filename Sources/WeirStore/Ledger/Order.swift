package import WeirBilling

/// Why something is credited: a purchase, a top-up, a renewal, a trial, an adjustment or a payment. The buyer's id makes it count once.
package struct Order: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        /// Something was bought: its price is earned, each line becomes a grant.
        case purchase
        /// Money for a balance; what is billed and not paid yet is paid first.
        case topup
        /// As a purchase, for a period that follows.
        case renewal
        /// As a purchase, for nothing.
        case trial
        /// A correction of one grant, either way.
        case adjust
        /// Money for the fees that are due of a subscription; it has no lines.
        case payment
    }

    /// The buyer's id of it: the same again, with the same content, changes nothing.
    package var externalID: String
    package var consumer: String
    package var subscription: String
    package var kind: Kind
    /// What is paid; nil for nothing.
    package var price: Money?
    package var lines: [OrderLine]
    /// Who did it, for the statement.
    package var actor: String
    package var reason: String
    /// Made by a contract for what it grants, under the contract's name: no buyer's order may have such an id.
    package var isOfContract: Bool

    package init(
        externalID: String, consumer: String, subscription: String, kind: Kind, price: Money? = nil, lines: [OrderLine],
        actor: String, reason: String, isOfContract: Bool = false
    ) {
        self.externalID = externalID
        self.consumer = consumer
        self.subscription = subscription
        self.kind = kind
        self.price = price
        self.lines = lines
        self.actor = actor
        self.reason = reason
        self.isOfContract = isOfContract
    }

    /// Lines of one order.
    package static let maximumLines = 32

    /// A top-up of the subscription's balance.
    package static func topup(
        _ amount: Money, externalID: String, consumer: String, subscription: String, ceiling: UnitCeiling,
        priority: Int64 = 0, actor: String, reason: String = "top-up"
    ) -> Order {
        Order(
            externalID: externalID, consumer: consumer, subscription: subscription, kind: .topup, price: amount,
            lines: [
                OrderLine(unit: .money(amount.currency), amount: amount.nano, priority: priority, ceiling: ceiling)
            ],
            actor: actor, reason: reason)
    }
}
