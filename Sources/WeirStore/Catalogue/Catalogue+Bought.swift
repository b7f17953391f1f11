/// Consumers, their contracts and their keys.
extension Catalogue {
    // MARK: Consumers

    /// Adds a consumer; the same external id with the same content again is the one that is there.
    package func add(_ draft: ConsumerRow) throws(StoreError) -> ConsumerRow {
        var consumer = draft
        if let external = draft.externalID, let known = try find(ConsumerRow.self, "external_id", external) {
            (consumer.id, consumer.createdAt) = (known.id, known.createdAt)
            guard consumer == known else { throw Self.taken("external_id", external, "consumer") }
            return known
        }
        consumer.id = identifier.next(.consumer)
        consumer.createdAt = now
        try insert(consumer)
        _ = try connection.run(
            "INSERT INTO funnel (consumer_id, signed_up_at) VALUES ($1, $2)", [.text(consumer.id), .integer(now)])
        try note("consumer.signed_up", consumer: consumer.id, subject: consumer.id)
        return consumer
    }

    /// Writes a consumer that has been changed. Agents are told when it may or may not call any more.
    package func change(_ consumer: ConsumerRow, from old: ConsumerRow) throws(StoreError) -> ConsumerRow {
        if let external = consumer.externalID, external != old.externalID,
            try find(ConsumerRow.self, "external_id", external) != nil
        {
            throw Self.taken("external_id", external, "consumer")
        }
        if consumer.currency != old.currency, !old.currency.isEmpty, try hasContract(consumer.id) {
            throw .refused(
                .conflict, "currency",
                "expected \(old.currency): the consumer holds contracts in it, and Weir does not convert")
        }
        try update(consumer)
        if consumer.state != old.state {
            _ = try connection.run(
                "UPDATE subscription SET version = $1 WHERE consumer_id = $2",
                [.integer(try nextVersion()), .text(consumer.id)])
            try note("consumer.\(consumer.state.rawValue)", consumer: consumer.id, subject: consumer.id)
        }
        return consumer
    }

    private func hasContract(_ consumer: String) throws(StoreError) -> Bool {
        try first(SubscriptionRow.self, where: [("consumer_id", .text(consumer))]) != nil
    }

    package func consumer(_ reference: String, field: String, _ refusal: Refusal.Kind = .invalid) throws(StoreError)
        -> ConsumerRow
    {
        try referred(ConsumerRow.self, .consumer, reference, or: "external_id", field: field, refusal: refusal)
    }

    // MARK: Contracts

    /// The version of a plan that is sold.
    ///
    /// - Parameter version: its number as it was shown to who accepts: it has to be this one.
    func offered(_ reference: String, version: Int64) throws(StoreError) -> PlanRow {
        let plan = try plan(reference, field: "plan")
        guard let sold = try sold(plan.code) else {
            throw .refused(
                .conflict, "plan",
                "expected one that is sold: no version of plan \(plan.code) is published and in effect")
        }
        guard plan.id == sold.id else {
            throw .refused(
                .conflict, "plan",
                "version \(plan.number) of plan \(plan.code) is not sold any more or not yet: version \(sold.number) is"
            )
        }
        guard version == sold.number else {
            throw .refused(
                .conflict, "accepted_version",
                "expected \(sold.number), the version of plan \(plan.code) that is sold now, found \(version): show it and ask again"
            )
        }
        return plan
    }

    /// Makes the row of a contract; `Contracts.start` makes all of it.
    ///
    /// - Parameters:
    ///   - version: the number of the plan's version that was shown to who accepts; it has to be the one that is sold.
    ///   - starts: nil for now.
    package func subscribe(
        _ consumer: ConsumerRow, to reference: String, version: Int64, by accepter: String, starts: Int64? = nil,
        ends: Int64? = nil
    ) throws(StoreError) -> SubscriptionRow {
        let plan = try offered(reference, version: version)
        guard consumer.currency.isEmpty || consumer.currency == plan.currency else {
            throw .refused(
                .conflict, "plan",
                "expected a plan in \(consumer.currency), the consumer's currency, found one in \(plan.currency)")
        }
        if consumer.currency.isEmpty {
            var bound = consumer
            bound.currency = plan.currency
            try update(bound)
        }
        let start = starts ?? now
        if let ends, ends <= max(start, now) {
            throw .refused(.invalid, "ends_at", "expected a time to come, behind starts_at")
        }
        let contract = try insert(
            versioned: SubscriptionRow(
                id: identifier.next(.subscription), consumerID: consumer.id, planID: plan.id, period: 1, state: .active,
                startsAt: start, endsAt: ends, acceptedBy: accepter, acceptedAt: now, createdAt: now))
        try note("subscription.started", consumer: consumer.id, subject: contract.id, "\(plan.code) \(plan.number)")
        return contract
    }

    package func subscription(_ id: String, field: String = "subscription", _ refusal: Refusal.Kind = .missing)
        throws(StoreError) -> SubscriptionRow
    {
        try referred(SubscriptionRow.self, .subscription, id, or: nil, field: field, refusal: refusal)
    }

    // MARK: Keys

    /// Keys that one consumer may have which are not revoked.
    package static let maximumKeys = 10_000

    /// Adds a key of a consumer; its id, state and times are given here.
    package func add(_ draft: KeyRow, of consumer: ConsumerRow) throws(StoreError) -> KeyRow {
        var key = draft
        key.consumerID = consumer.id
        if let id = draft.subscriptionID {
            let contract = try subscription(id, .invalid)
            guard contract.consumerID == consumer.id else {
                throw .refused(.invalid, "subscription", "expected one of the key's consumer, found another one's")
            }
            key.subscriptionID = contract.id
        }
        if let end = draft.expiresAt, end <= max(now, draft.startsAt ?? now) {
            throw .refused(.invalid, "expires_at", "expected a time to come")
        }
        let live = try connection.run(
            "SELECT count(*) FROM api_key WHERE consumer_id = $1 AND state = $2",
            [.text(consumer.id), .text(KeyRow.State.active.rawValue)])[0].integer(0)
        guard live < Int64(Self.maximumKeys) else {
            throw .refused(
                .conflict, "consumer", "it has \(live) keys, the most there may be: revoke those that are not used")
        }
        key.id = identifier.next(.key)
        key.state = .active
        key.createdAt = now
        key = try insert(versioned: key)
        _ = try connection.run(
            "UPDATE funnel SET first_key_at = $1 WHERE consumer_id = $2 AND first_key_at IS NULL",
            [.integer(now), .text(consumer.id)])
        try note("key.created", consumer: consumer.id, subject: key.id)
        return key
    }

    /// Puts a new key beside an old one, which ends after an overlap of so many seconds.
    package func rotate(_ old: KeyRow, into draft: KeyRow, overlap: Int64) throws(StoreError) -> KeyRow {
        guard old.state == .active, (old.expiresAt ?? .max) > now else {
            throw .refused(.conflict, "key", "it is revoked or has expired: create another one")
        }
        let consumer = try consumer(old.consumerID, field: "key", .missing)
        var new = draft
        (new.subscriptionID, new.replaces) = (old.subscriptionID, old.id)
        let made = try add(new, of: consumer)
        var ending = old
        ending.expiresAt = min(old.expiresAt ?? .max, now + overlap)
        _ = try update(versioned: ending)
        try note("key.rotated", consumer: consumer.id, subject: old.id, made.id)
        return made
    }

    /// Revokes a key, for good; again changes nothing.
    package func revoke(_ key: KeyRow) throws(StoreError) -> KeyRow {
        if key.state == .revoked { return key }
        var key = key
        key.state = .revoked
        key.revokedAt = now
        key = try update(versioned: key)
        try note("key.revoked", consumer: key.consumerID, subject: key.id)
        return key
    }

    package func key(_ id: String) throws(StoreError) -> KeyRow {
        try referred(KeyRow.self, .key, id, or: nil, field: "key", refusal: .missing)
    }
}
