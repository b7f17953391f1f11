import WeirCore

/// Records for tests: ids are numbers, keys are minted from a number, digests are made without a pepper.
enum SoldThings {
    static func id(_ number: UInt64) -> RecordID { RecordID(bits: Hash128(low: number, high: 1)) }

    /// The key of a number, always the same.
    static func key(_ number: Int) -> String {
        let bytes = (0..<KeyText.mintBytes).map { UInt8(truncatingIfNeeded: (number * 31 + $0 * 7) % 248) }
        var mixed = SipHash128(key: Hash128(low: UInt64(number), high: 9))
        bytes.withUnsafeBytes { mixed.append($0.bytes) }
        var random: [UInt8] = []
        var word = mixed.finish().low
        while random.count < KeyText.mintBytes {
            word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            random.append(UInt8(truncatingIfNeeded: word >> 33) % 248)
        }
        guard let key = KeyText.mint(.test, random: random) else { preconditionFailure("too few digits") }
        return key
    }

    /// Stands for HMAC-SHA-256, which the core does not have.
    static func digest(_ text: RawSpan) -> KeyDigest {
        let bytes = (UInt64(0)..<2).flatMap { part -> [UInt8] in
            let hash = SipHash128.hash(text, key: Hash128(low: part, high: 7))
            return [hash.low, hash.high].flatMap { word in
                (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) }
            }
        }
        guard let digest = bytes.withUnsafeBytes({ KeyDigest($0.bytes) }) else { preconditionFailure("32 bytes") }
        return digest
    }

    static func digest(_ text: String) -> KeyDigest { Array(text.utf8).withUnsafeBytes { digest($0.bytes) } }

    static let hasher = KeyHasher { digest($0) }

    static func product(_ number: UInt64, _ slug: String, hosts: [String] = []) -> PolicyRecord {
        .product(ProductRecord(id: id(number), slug: slug, hosts: hosts))
    }

    static func route(
        _ number: UInt64, of product: UInt64, _ name: String, _ path: String, methods: [String] = [], weight: Int64 = 1,
        order: Int64 = 0
    ) -> PolicyRecord {
        .route(
            RouteRecord(
                id: id(number), product: id(product), name: name, methods: methods, path: path, weight: weight,
                order: order))
    }

    static func plan(_ number: UInt64, _ code: String, version: Int64 = 1, rules: String = "") -> PolicyRecord {
        .plan(
            PlanRecord(
                id: id(number), code: code, version: version, mode: .subscription, unreported: .bill, outage: "deny",
                rules: rules))
    }

    static func subscription(
        _ number: UInt64, of consumer: UInt64, to plan: UInt64, products: [UInt64] = [1], period: UInt32 = 1,
        state: SubscriptionRecord.State = .active, from: Int64 = 0, until: Int64? = nil
    ) -> PolicyRecord {
        .subscription(
            SubscriptionRecord(
                id: id(number), consumer: id(consumer), plan: id(plan), period: period,
                products: products.map { id($0) },
                state: state, from: from, until: until))
    }

    static func key(
        _ number: Int, of consumer: UInt64, for subscription: UInt64? = nil, state: KeyRecord.State = .active,
        from: Int64 = 0, until: Int64? = nil
    ) -> PolicyRecord {
        .key(
            KeyRecord(
                id: id(UInt64(number)), consumer: id(consumer), subscription: subscription.map { id($0) },
                digest: digest(key(number)), state: state, from: from, until: until))
    }

    static func grant(_ number: UInt64, of subscription: UInt64, unit: String = "calls") -> PolicyRecord {
        .grant(
            GrantRecord(
                id: id(number), subscription: id(subscription), unit: unit, priority: 0, created: 0, until: nil,
                state: .open))
    }

    static func document(from: Int64, to: Int64, _ records: [PolicyRecord]) -> [UInt8] {
        var encoder = PolicyDocumentEncoder(from: from, to: to)
        for record in records { encoder.append(record) }
        return encoder.finish()
    }
}
