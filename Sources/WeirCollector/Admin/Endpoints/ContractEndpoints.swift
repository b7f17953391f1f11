import HTTPTypes
import WeirBilling
import WeirStore

/// What becomes of contracts: other plans, ends, pauses, payments.
enum ContractEndpoints {
    /// A contract as it stands.
    static func view(_ row: SubscriptionRow, _ call: Call, _ catalogue: Catalogue) throws(StoreError) -> JSONValue {
        SubscriptionView.json(try catalogue.contracts(call).detail(row))
    }

    private enum When: String, CaseIterable {
        case now
        case periodEnd = "period_end"
        case usual

        var moment: Subscription.When? {
            switch self {
            case .now: .now
            case .periodEnd: .periodEnd
            case .usual: nil
            }
        }
    }

    static let all: [Endpoint] = [
        .change(
            .post, "/v1/subscriptions/{subscription}/change", "changeSubscription",
            "Change a contract's plan: what it costs and gives back is answered", Endpoint.buyers,
            body: [
                Field("plan", .reference, "the code of the new plan, or the id of its version"),
                Field(
                    "accepted_version", .integer(1...1_000_000_000),
                    "the version of the plan that was shown to who accepts it: the one that is sold"),
                Field(
                    optional: "when", .choice(When.allCases.map(\.rawValue)),
                    "at once, at the end of the period, or as is usual: what costs less waits (usual)"),
            ], SubscriptionView.changedFields
        ) { call, catalogue throws(StoreError) in
            let before = try referred(call, catalogue)
            let (row, terms) = try catalogue.contracts(call).change(
                before.id, to: call.fields.text("plan", or: ""), version: call.fields.integer("accepted_version") ?? 0,
                when: call.fields.choice("when", or: When.usual).moment)
            let view = try view(row, call, catalogue).with(["change": SubscriptionView.json(terms)])
            return Change(
                Answer(.ok, view), "subscription.change", row.id, before: SubscriptionView.plain(before), after: view)
        },
        changing(
            "cancel", "End a contract: when what is paid is used, or at once with the rest given back",
            Endpoint.buyers,
            body: [
                Field(
                    optional: "when", .choice([When.now, .periodEnd].map(\.rawValue)),
                    "at once, or at the end of the period (period_end)")
            ]
        ) { id, call, contracts throws(StoreError) in
            try contracts.cancel(id, call.fields.choice("when", or: When.periodEnd).moment ?? .periodEnd)
        },
        changing("keep", "Take back a change or a cancellation that has not happened yet", Endpoint.buyers) {
            id, _, contracts throws(StoreError) in try contracts.keep(id)
        },
        changing("pause", "Hold a contract: nothing is allowed under it", [.admin]) {
            id, _, contracts throws(StoreError) in try contracts.pause(id, true)
        },
        changing("resume", "Go on with a contract", [.admin]) { id, _, contracts throws(StoreError) in
            try contracts.pause(id, false)
        },
        changing("end", "End a contract at once, with the rest of its fee given back", Endpoint.buyers) {
            id, _, contracts throws(StoreError) in try contracts.cancel(id, .now)
        },
        .add(
            "/v1/payments", "pay", "Record that fees were paid: the oldest first, and no more than is due", [.admin],
            keying: .optional,
            body: [
                LedgerEndpoints.orderField, Field("consumer", .reference, "the id or external id of a consumer"),
                Field("amount", .amount, "what was paid"), Field("currency", .currency, "in which currency"),
                Field(optional: "subscription", .reference, "the contract that it is for (the only one that owes)"),
                Field(optional: "reason", .text(1...200), "what it is for, such as an invoice's number (payment)"),
            ], OrderView.fields
        ) { call, catalogue throws(StoreError) in
            let consumer = try catalogue.consumer(call.fields.text("consumer", or: ""), field: "consumer")
            let amount = try LedgerEndpoints.money(call)
            let contract = try payable(call, catalogue, consumer)
            return try paid(
                try catalogue.contracts(call).pay(
                    amount, of: contract.id, order: call.fields.text("order_id", or: ""),
                    reason: call.fields.text("reason", or: "payment")), consumer.id, catalogue)
        },
    ]

    /// The contract of a path.
    private static func referred(_ call: Call, _ catalogue: Catalogue) throws(StoreError) -> SubscriptionRow {
        let row = try catalogue.subscription(call.parameter("subscription"))
        try call.principal.require(consumer: row.consumerID)
        return row
    }

    private static func changing(
        _ verb: String, _ summary: String, _ scopes: Set<TokenRow.Scope>, body: [Field] = [],
        _ work: @escaping @Sendable (String, Call, Contracts) throws(StoreError) -> SubscriptionRow
    ) -> Endpoint {
        .change(
            .post, "/v1/subscriptions/{subscription}/\(verb)", "\(verb)Subscription", summary, scopes, body: body,
            SubscriptionView.fields
        ) { call, catalogue throws(StoreError) in
            let before = try referred(call, catalogue)
            let old = try view(before, call, catalogue)
            let row = try work(before.id, call, catalogue.contracts(call))
            let new = try view(row, call, catalogue)
            return Change(Answer(.ok, new), "subscription.\(verb)", row.id, before: old)
        }
    }

    /// The contract that a payment is for: the one that is named, that of the same order before, or the only one that owes.
    private static func payable(
        _ call: Call, _ catalogue: Catalogue, _ consumer: ConsumerRow
    ) throws(StoreError) -> SubscriptionRow {
        if let id = call.fields.text("subscription") {
            let contract = try catalogue.subscription(id, .invalid)
            guard contract.consumerID == consumer.id else {
                throw .refused(.invalid, "subscription", "expected a contract of the consumer, found another one's")
            }
            return contract
        }
        if let known = try catalogue.contract(ofOrder: call.fields.text("order_id", or: ""), by: consumer.id) {
            return known
        }
        let owing = try catalogue.contracts(call).due(of: consumer.id)
        guard owing.count == 1 else {
            throw .refused(
                .conflict, "subscription",
                owing.isEmpty
                    ? "nothing is due of any of the consumer's contracts"
                    : "expected which of the consumer's \(owing.count) contracts that owe something")
        }
        return owing[0]
    }

    /// The answer to a payment or a purchase.
    static func paid(
        _ order: (receipt: OrderReceipt, isNew: Bool), _ consumer: String, _ catalogue: Catalogue
    ) throws(StoreError) -> Change {
        if order.isNew, order.receipt.amount > 0 {
            try catalogue.notePayment(of: consumer)
            try catalogue.note(
                "order.paid", consumer: consumer, subject: order.receipt.id, order.receipt.kind.rawValue)
        }
        return Change(Answer(.created, OrderView.json(order.receipt)), "order.add", order.receipt.id)
    }
}
