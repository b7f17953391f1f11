import HTTPTypes
import WeirBilling
import WeirStore

/// Purchases, top-ups, balances and statements.
enum LedgerEndpoints {
    static let orderField = Field(
        "order_id", .text(1...200), "the payment's id in the seller's books: the same again changes nothing")

    static let all: [Endpoint] = [
        .add(
            "/v1/purchases", "buy",
            "Record that a package was paid for, and grant it; or that what is due of a subscription was",
            [.admin], keying: .optional,
            body: [
                orderField, Field("consumer", .reference, "the id or external id of a consumer"),
                Field(optional: "plan", .reference, "the code of a plan; a contract is made where there is none"),
                Field(optional: "subscription", .reference, "in place of plan: the contract that it is for"),
                Field(
                    optional: "accepted_version", .integer(1...1_000_000_000),
                    "the version of the plan that was shown, where a contract has to be made"),
                Field(optional: "accepted_by", .text(1...200), "who agrees to the plan (the consumer's name)"),
                Field(optional: "price", .amount, "what was paid, to be refused where it is not the plan's fee"),
            ], OrderView.fields
        ) { call, catalogue throws(StoreError) in
            let consumer = try catalogue.consumer(call.fields.text("consumer", or: ""), field: "consumer")
            let contract = try contract(call, catalogue, consumer)
            let plan = try catalogue.plan(contract.planID, field: "plan")
            let order: (receipt: OrderReceipt, isNew: Bool)
            do throws(StoreError) {
                order = try bought(contract, plan, call, catalogue)
            } catch {
                throw error.named(as: .purchase)
            }
            if let paid = call.fields.nano("price"), paid != order.receipt.amount {
                throw .refused(
                    .conflict, "price",
                    "expected \(JSONValue.amount(order.receipt.amount, plan.currency).string) \(plan.currency), which is due for plan \(plan.code) \(plan.number)"
                )
            }
            return try ContractEndpoints.paid(order, consumer.id, catalogue)
        },
        .add(
            "/v1/topups", "topUp", "Record that money was paid in, and credit it to a balance", [.admin],
            keying: .optional,
            body: [
                orderField, Field("consumer", .reference, "the id or external id of a consumer"),
                Field("amount", .amount, "what was paid"), Field("currency", .currency, "in which currency"),
                Field(
                    optional: "subscription", .reference, "the contract whose balance it is (the only one that has one)"
                ),
            ], OrderView.fields
        ) { call, catalogue throws(StoreError) in
            let consumer = try catalogue.consumer(call.fields.text("consumer", or: ""), field: "consumer")
            let amount = try money(call)
            let contract = try balanceContract(call, catalogue, consumer)
            let plan = try catalogue.plan(contract.planID, field: "subscription")
            let order = try PlanOrder.topUp(
                amount, plan, catalogue, under: contract, id: call.fields.text("order_id", or: ""),
                actor: call.principal.id)
            return try place(order, catalogue)
        },
        .show("/v1/orders/{order}", "showOrder", "Show what an order did", Endpoint.buyers, OrderView.fields) {
            call, catalogue throws(StoreError) in
            let id = call.parameter("order")
            let receipt = try catalogue.ledger.receipt(id)
            if let consumer = try catalogue.consumer(ofOrder: id) { try call.principal.require(consumer: consumer) }
            return OrderView.json(receipt)
        },
        .show(
            "/v1/consumers/{consumer}/balance", "showBalance", "Show what a consumer may still use", Endpoint.readers,
            BalanceView.fields
        ) { call, catalogue throws(StoreError) in
            let consumer = try catalogue.consumer(call.parameter("consumer"), field: "consumer", .missing)
            try call.principal.require(consumer: consumer.id, catalogue)
            var balances: [GrantBalance] = []
            var exposures: [String: Exposure] = [:]
            for balance in try catalogue.ledger.balances(of: consumer.id)
            where try call.principal.sells(contract: balance.grant.subscription, catalogue) {
                balances.append(balance)
                guard balance.grant.creditLimit > 0 else { continue }
                exposures[balance.grant.id] = try catalogue.ledger.exposure(of: balance.grant.id)
            }
            return BalanceView.json(consumer.id, balances, exposures)
        },
        .list(
            "/v1/consumers/{consumer}/statement", "showStatement", "List what has moved a consumer's balances",
            Endpoint.buyers, of: BalanceView.lineFields
        ) { call, catalogue throws(StoreError) in
            let consumer = try catalogue.consumer(call.parameter("consumer"), field: "consumer", .missing)
            try call.principal.require(consumer: consumer.id)
            let parts = call.place.split(separator: " ").map(String.init)
            let place = parts.count == 2 ? (at: Int64(parts[0]) ?? 0, transfer: parts[1]) : (at: 0, transfer: "")
            return call.page(
                try catalogue.statement(of: consumer.id, after: place, limit: call.limit + 1),
                place: { "\($0.line.at) \($0.line.transfer)" }, BalanceView.json)
        },
    ]

    /// A package once more, or what is due of a subscription.
    private static func bought(
        _ contract: SubscriptionRow, _ plan: PlanRow, _ call: Call, _ catalogue: Catalogue
    ) throws(StoreError) -> (receipt: OrderReceipt, isNew: Bool) {
        let order = call.fields.text("order_id", or: "")
        switch plan.mode {
        case .package: return try catalogue.contracts(call).buy(contract.id, order: order)
        case .subscription:
            return try catalogue.contracts(call).pay(
                nil, of: contract.id, order: order, reason: "\(plan.code) \(plan.number)")
        case .payg, .postpaid:
            throw .refused(
                .conflict, "plan",
                "expected a package or a subscription, found plan \(plan.code), which is \(plan.mode.rawValue): top it up, or pay what is due"
            )
        }
    }

    private static func place(_ order: Order, _ catalogue: Catalogue) throws(StoreError) -> Change {
        do throws(StoreError) {
            return try ContractEndpoints.paid(try catalogue.ledger.place(order), order.consumer, catalogue)
        } catch {
            throw error.named(as: order.kind)
        }
    }

    static func money(_ call: Call) throws(StoreError) -> Money {
        let amount: Money
        do throws(BillingError) {
            amount = try Money(
                figure: call.fields.text("amount", or: ""), try Currency(call.fields.text("currency", or: "")))
        } catch {
            throw .refused(.invalid, error.field, "expected \(error.expected), found \(error.found); \(error.advice)")
        }
        guard amount.nano > 0 else {
            throw .refused(.invalid, "amount", "expected more than 0: it is what was paid")
        }
        return amount
    }

    // MARK: Which contract

    /// The contract that a purchase is for: that of the same order before, the one that is named, the one to the plan's version that
    /// is sold, or a new one.
    private static func contract(
        _ call: Call, _ catalogue: Catalogue, _ consumer: ConsumerRow
    ) throws(StoreError) -> SubscriptionRow {
        let known = try catalogue.contract(ofOrder: call.fields.text("order_id", or: ""), by: consumer.id)
        if let id = call.fields.text("subscription") {
            guard call.fields.text("plan") == nil else {
                throw .refused(.invalid, "plan", "expected either plan or subscription, found both")
            }
            return try named(id, catalogue, consumer)
        }
        guard let reference = call.fields.text("plan") else {
            throw .refused(
                .invalid, "plan", "expected the code of a plan, or the contract as subscription, found neither")
        }
        let plan = try catalogue.plan(reference, field: "plan")
        if let known {
            let before = try catalogue.plan(known.planID, field: "plan")
            guard before.code == plan.code else {
                throw .refused(
                    .conflict, "order_id",
                    "it was used for plan \(before.code) before: use another id for another order")
            }
            return known
        }
        let held = try catalogue.openContracts(of: consumer.id)
        if let same = held.last(where: { $0.planID == plan.id }) { return same }
        // A subscription stays with the version that was accepted.
        for contract in held.reversed() where plan.mode == .subscription {
            if try catalogue.plan(contract.planID, field: "plan").code == plan.code { return contract }
        }
        guard let version = call.fields.integer("accepted_version") else {
            throw .refused(
                .invalid, "accepted_version",
                "expected the version of plan \(plan.code) that was shown: the consumer has no contract to version \(plan.number) yet"
            )
        }
        return try catalogue.contracts(call).start(
            consumer, on: reference, version: version, by: call.fields.text("accepted_by", or: consumer.name))
    }

    private static func named(
        _ id: String, _ catalogue: Catalogue, _ consumer: ConsumerRow
    ) throws(StoreError) -> SubscriptionRow {
        let contract = try catalogue.subscription(id, .invalid)
        guard contract.consumerID == consumer.id else {
            throw .refused(.invalid, "subscription", "expected a contract of the consumer, found another one's")
        }
        guard contract.state != .ended else {
            throw .refused(.conflict, "subscription", "the contract has ended: make another one")
        }
        return contract
    }

    /// The contract whose balance is topped up.
    private static func balanceContract(
        _ call: Call, _ catalogue: Catalogue, _ consumer: ConsumerRow
    ) throws(StoreError) -> SubscriptionRow {
        if let id = call.fields.text("subscription") { return try named(id, catalogue, consumer) }
        if let known = try catalogue.contract(ofOrder: call.fields.text("order_id", or: ""), by: consumer.id) {
            return known
        }
        var held: [SubscriptionRow] = []
        var packages: [SubscriptionRow] = []
        for contract in try catalogue.openContracts(of: consumer.id) {
            let plan = try catalogue.plan(contract.planID, field: "subscription")
            guard try PlanOrder.isPaidFromBalance(plan) else { continue }
            if plan.mode == .package { packages.append(contract) } else { held.append(contract) }
        }
        // A package has a balance only for what is used beyond it.
        if held.isEmpty { held = packages }
        guard held.count == 1 else {
            throw .refused(
                .conflict, "subscription",
                held.isEmpty
                    ? "the consumer has no contract that is paid from a balance: subscribe it to one"
                    : "expected which of the consumer's \(held.count) contracts that are paid from a balance")
        }
        return held[0]
    }
}

extension StoreError {
    /// The same refusal with the names that fields have on the wire.
    fileprivate func named(as kind: Order.Kind) -> StoreError {
        guard let refusal else { return self }
        let field =
            switch refusal.field {
            case "external_id", "kind": "order_id"
            case "price.amount", "price", "lines[0].amount": kind == .topup ? "amount" : "price"
            case "price.currency", "lines[0].unit": kind == .topup ? "currency" : "plan"
            default: refusal.field
            }
        return .refused(refusal.kind, field, refusal.detail)
    }
}
