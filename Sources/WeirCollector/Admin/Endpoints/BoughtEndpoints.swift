import HTTPTypes
import WeirBilling
import WeirCore
import WeirStore

/// Consumers, contracts and keys.
enum BoughtEndpoints {
    static let all = consumers + contracts + keys

    // MARK: Consumers

    private static let consumerFields = [
        Field(optional: "external_id", .text(1...128), "what the seller's own books call it"),
        Field(optional: "email", .email, "where to write to"),
        Field(optional: "currency", .currency, "the currency of everything that it buys (that of its first plan)"),
        Field(optional: "zone", .zone, "the time zone of its calendar (UTC)"),
    ]

    private static let creditFields = [
        Field(optional: "credit_limit", .amount, "how far post-paid usage may go (0)")
    ]

    private static func apply(_ fields: Fields, to consumer: inout ConsumerRow) {
        if let name = fields.text("name") { consumer.name = name }
        if let external = fields.text("external_id") { consumer.externalID = external }
        if let email = fields.text("email") { consumer.email = email }
        if let currency = fields.text("currency") { consumer.currency = currency }
        if let zone = fields.text("zone") { consumer.zone = zone }
        if let limit = fields.nano("credit_limit") { consumer.creditLimitNano = limit }
        if let state = fields.text("state").flatMap(ConsumerRow.State.init(rawValue:)) { consumer.state = state }
    }

    private static func draft(_ fields: Fields) -> ConsumerRow {
        var draft = ConsumerRow(name: "", email: "", currency: "", zone: "UTC", creditLimitNano: 0, state: .active)
        apply(fields, to: &draft)
        return draft
    }

    private static let consumers: [Endpoint] = [
        .add(
            "/v1/consumers", "addConsumer", "Add a consumer", [.admin], keying: .required,
            body: [Field("name", .text(1...200), "its name for people")] + consumerFields + creditFields,
            ConsumerView.fields
        ) { call, catalogue throws(StoreError) in
            let row = try catalogue.add(draft(call.fields))
            return Change(Answer(.created, ConsumerView.json(row)), "consumer.add", row.id)
        },
        .list(
            "/v1/consumers", "listConsumers", "List consumers", Endpoint.sellers,
            query: [
                Field(optional: "external_id", .text(1...128), "only the one that the seller calls so"),
                Field(optional: "state", .choice(ConsumerView.states), "only those of a state"),
            ], of: ConsumerView.fields
        ) { call, catalogue throws(StoreError) in
            var filters: [(String, SQLValue)] = []
            for name in ["external_id", "state"] {
                if let value = call.query.text(name) { filters.append((name, .text(value))) }
            }
            return call.page(
                try catalogue.list(
                    ConsumerRow.self, where: filters, after: call.place,
                    sold: call.principal.sold(Catalogue.consumersOfProvider), limit: call.limit + 1),
                ConsumerView.json)
        },
        .show(
            "/v1/consumers/{consumer}", "showConsumer", "Show a consumer, and how far it has come", Endpoint.readers,
            ConsumerView.detailFields
        ) { call, catalogue throws(StoreError) in
            let row = try catalogue.consumer(call.parameter("consumer"), field: "consumer", .missing)
            try call.principal.require(consumer: row.id, catalogue)
            return ConsumerView.json(row, try catalogue.funnel(of: row.id))
        },
        .change(
            .patch, "/v1/consumers/{consumer}", "changeConsumer", "Change what is said of a consumer, or suspend it",
            [.admin],
            body: [
                Field(optional: "name", .text(1...200), "its name for people"),
                Field(optional: "state", .choice(ConsumerView.states), "whether its keys work"),
            ] + consumerFields + creditFields, ConsumerView.fields
        ) { call, catalogue throws(StoreError) in
            let old = try catalogue.consumer(call.parameter("consumer"), field: "consumer", .missing)
            var row = old
            apply(call.fields, to: &row)
            if row != old { row = try catalogue.change(row, from: old) }
            return Change(
                Answer(.ok, ConsumerView.json(row)), "consumer.change", row.id, before: ConsumerView.json(old))
        },
    ]

    // MARK: Contracts

    private static let acceptFields = [
        Field("plan", .reference, "the code of a plan, or the id of one of its versions"),
        Field(
            "accepted_version", .integer(1...1_000_000_000),
            "the version of the plan that was shown to who accepts it: the one that is sold"),
        Field(optional: "starts_at", .time, "its start (now)"), Field(optional: "ends_at", .time, "its end (none)"),
        Field(optional: "key_name", .text(0...100), "makes a key for it, of this name"),
        Field(optional: "key_use", .choice(["live", "test"]), "what the key begins with (live)"),
    ]

    /// Makes the contract, and its key when one is asked for.
    private static func accept(
        _ call: Call, _ catalogue: Catalogue, _ consumer: ConsumerRow, by accepter: String, minted: KeyMint.Minted
    ) throws(StoreError) -> (row: SubscriptionRow, answer: JSONValue) {
        let row = try catalogue.contracts(call).start(
            consumer, on: call.fields.text("plan", or: ""), version: call.fields.integer("accepted_version") ?? 0,
            by: accepter, starts: call.fields.time("starts_at"), ends: call.fields.time("ends_at"))
        var answer = try ContractEndpoints.view(row, call, catalogue)
        if let name = call.fields.text("key_name") {
            let key = try catalogue.add(
                KeyRow(
                    consumerID: consumer.id, subscriptionID: row.id, name: name, prefix: minted.prefix,
                    digest: minted.digest, state: .active), of: consumer)
            answer = answer.with(["key": KeyView.json(key, minted: minted, now: call.now)])
        }
        return (row, answer)
    }

    static let signUpFields =
        [
            Field("name", .text(1...200), "the consumer's name for people"),
            Field(optional: "accepted_by", .text(1...200), "who agrees to the plan (the consumer's name)"),
        ] + consumerFields + acceptFields

    /// Makes a consumer, its contract and its first key.
    ///
    /// - Parameter buysFreely: whether a package that costs nothing is bought at once.
    static func signUp(_ call: Call, _ catalogue: Catalogue, buysFreely: Bool = false) throws(StoreError) -> Change {
        let consumer = try catalogue.add(draft(call.fields))
        let accepter = call.fields.text("accepted_by", or: consumer.name)
        let minted = call.mint.mint(call.fields.choice("key_use", or: .live))
        let (row, contract) = try accept(call, catalogue, consumer, by: accepter, minted: minted)
        if buysFreely { try takeFree(row, call, catalogue) }
        let bound = try catalogue.consumer(consumer.id, field: "consumer")
        let answer: JSONValue = ["consumer": ConsumerView.json(bound), "subscription": contract]
        return Change(
            Answer(.created, answer), "signup", consumer.id,
            after: [
                "consumer": ConsumerView.json(bound), "subscription": try ContractEndpoints.view(row, call, catalogue),
            ])
    }

    /// Buys a package that costs nothing.
    private static func takeFree(
        _ contract: SubscriptionRow, _ call: Call, _ catalogue: Catalogue
    ) throws(StoreError) {
        let plan = try catalogue.plan(contract.planID, field: "plan").plan()
        guard plan.mode == .package, (plan.fee?.nano ?? 0) == 0 else { return }
        _ = try catalogue.contracts(call).buy(contract.id, order: "sign-up/\(contract.id)")
    }

    private static let contracts: [Endpoint] = [
        .add(
            "/v1/signups", "signUp", "Sign up: a consumer, a contract, and its first key, in one", [.admin],
            keying: .required,
            body: signUpFields,
            [
                Field("consumer", .object(ConsumerView.fields), "the consumer"),
                Field("subscription", .object(SubscriptionView.keyedFields), "the contract, with its key"),
            ]
        ) { call, catalogue throws(StoreError) in
            try signUp(call, catalogue)
        },
        .add(
            "/v1/subscriptions", "subscribe", "Make a contract: a consumer accepts a version of a plan",
            Endpoint.buyers, keying: .required,
            body: [
                Field("consumer", .reference, "the id or external id of a consumer"),
                Field("accepted_by", .text(1...200), "who agrees to the plan"),
            ] + acceptFields, SubscriptionView.keyedFields
        ) { call, catalogue throws(StoreError) in
            let consumer = try catalogue.consumer(call.fields.text("consumer", or: ""), field: "consumer")
            try call.principal.require(consumer: consumer.id)
            let accepter = call.fields.text("accepted_by", or: "")
            let minted = call.mint.mint(call.fields.choice("key_use", or: .live))
            let (row, answer) = try accept(call, catalogue, consumer, by: accepter, minted: minted)
            return Change(
                Answer(.created, answer), "subscription.add", row.id,
                after: try ContractEndpoints.view(row, call, catalogue))
        },
        .list(
            "/v1/subscriptions", "listSubscriptions", "List contracts", Endpoint.readers,
            query: [
                Field(optional: "consumer", .reference, "only those of a consumer"),
                Field(optional: "state", .choice(SubscriptionView.states), "only those of a state"),
            ], of: SubscriptionView.fields
        ) { call, catalogue throws(StoreError) in
            var filters = try ofConsumer(call, catalogue)
            if let state = call.query.text("state") { filters.append(("state", .text(state))) }
            let rows = try catalogue.list(
                SubscriptionRow.self, where: filters, after: call.place,
                sold: call.principal.sold(Catalogue.contractsOfProvider), limit: call.limit + 1)
            let views = try rows.map { row throws(StoreError) in
                (id: row.id, view: try ContractEndpoints.view(row, call, catalogue))
            }
            return call.page(views, place: \.id, \.view)
        },
        .show(
            "/v1/subscriptions/{subscription}", "showSubscription", "Show a contract", Endpoint.readers,
            SubscriptionView.fields
        ) { call, catalogue throws(StoreError) in
            let row = try catalogue.subscription(call.parameter("subscription"))
            try call.principal.require(contract: row, catalogue)
            return try ContractEndpoints.view(row, call, catalogue)
        },
    ]

    /// The filter by the consumer that a list is asked for.
    private static func ofConsumer(_ call: Call, _ catalogue: Catalogue) throws(StoreError) -> [(String, SQLValue)] {
        let asked = try call.query.text("consumer").map { reference throws(StoreError) in
            try catalogue.consumer(reference, field: "consumer").id
        }
        guard let consumer = try call.principal.consumer(asked) else { return [] }
        return [("consumer_id", .text(consumer))]
    }

    // MARK: Keys

    /// Seconds that an old key works beside the new one, when nobody says for how long: a day.
    private static let overlap: Int64 = 86_400

    private static let keys: [Endpoint] = [
        .add(
            "/v1/keys", "createKey", "Make an API key, which is shown this once", Endpoint.buyers, keying: .required,
            body: [
                Field("consumer", .reference, "the id or external id of its consumer"),
                Field(optional: "name", .text(0...100), "its name for people"),
                Field(optional: "use", .choice(["live", "test"]), "what it begins with (live)"),
                Field(
                    optional: "subscription", .reference, "the one contract that it is good for (all of the consumer's)"
                ),
                Field(optional: "starts_at", .time, "from when it works (now)"),
                Field(optional: "expires_at", .time, "until when it works (for good)"),
            ], KeyView.mintedFields
        ) { call, catalogue throws(StoreError) in
            let consumer = try catalogue.consumer(call.fields.text("consumer", or: ""), field: "consumer")
            try call.principal.require(consumer: consumer.id)
            let minted = call.mint.mint(call.fields.choice("use", or: .live))
            let row = try catalogue.add(
                KeyRow(
                    consumerID: consumer.id, subscriptionID: call.fields.text("subscription"),
                    name: call.fields.text("name", or: ""), prefix: minted.prefix, digest: minted.digest,
                    state: .active, startsAt: call.fields.time("starts_at"),
                    expiresAt: call.fields.time("expires_at")), of: consumer)
            return Change(
                Answer(.created, KeyView.json(row, minted: minted, now: call.now)), "key.create", row.id,
                after: KeyView.json(row, now: call.now))
        },
        .list(
            "/v1/keys", "listKeys", "List keys, without what makes them work", Endpoint.buyers,
            query: [Field(optional: "consumer", .reference, "only those of a consumer")], of: KeyView.fields
        ) { call, catalogue throws(StoreError) in
            call.page(
                try catalogue.list(
                    KeyRow.self, where: try ofConsumer(call, catalogue), after: call.place, limit: call.limit + 1)
            ) { KeyView.json($0, now: call.now) }
        },
        .show("/v1/keys/{key}", "showKey", "Show a key, without what makes it work", Endpoint.buyers, KeyView.fields) {
            call, catalogue throws(StoreError) in
            let row = try catalogue.key(call.parameter("key"))
            try call.principal.require(consumer: row.consumerID)
            return KeyView.json(row, now: call.now)
        },
        .add(
            "/v1/keys/{key}/rotate", "rotateKey", "Make a key in place of another, which works on for a while",
            Endpoint.buyers, keying: .required,
            body: [
                Field(optional: "name", .text(0...100), "the new one's name (the old one's)"),
                Field(
                    optional: "overlap_seconds", .integer(0...31_536_000),
                    "for how long the old one works on (\(overlap))"),
                Field(optional: "expires_at", .time, "until when the new one works (for good)"),
            ], KeyView.mintedFields
        ) { call, catalogue throws(StoreError) in
            let old = try catalogue.key(call.parameter("key"))
            try call.principal.require(consumer: old.consumerID)
            let minted = call.mint.mint(old.prefix.hasPrefix(KeyText.Use.test.prefix) ? .test : .live)
            let row = try catalogue.rotate(
                old,
                into: KeyRow(
                    consumerID: old.consumerID, name: call.fields.text("name", or: old.name), prefix: minted.prefix,
                    digest: minted.digest, state: .active, expiresAt: call.fields.time("expires_at")),
                overlap: call.fields.integer("overlap_seconds") ?? overlap)
            return Change(
                Answer(.created, KeyView.json(row, minted: minted, now: call.now)), "key.rotate", row.id,
                before: KeyView.json(old, now: call.now), after: KeyView.json(row, now: call.now))
        },
        .change(
            .post, "/v1/keys/{key}/revoke", "revokeKey", "Revoke a key, for good", Endpoint.buyers, body: [],
            KeyView.fields
        ) { call, catalogue throws(StoreError) in
            let old = try catalogue.key(call.parameter("key"))
            try call.principal.require(consumer: old.consumerID)
            let row = try catalogue.revoke(old)
            return Change(
                Answer(.ok, KeyView.json(row, now: call.now)), "key.revoke", row.id,
                before: KeyView.json(old, now: call.now))
        },
    ]
}
