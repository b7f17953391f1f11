import WeirCore

/// A policy document of many keys: one product and plan, a subscription for every four keys.
struct KeyDocument {
    let keys: Int

    private static let keysPerConsumer = 4
    /// Keys that checks come with.
    private static let checkedKeys = 512

    private static func id(_ number: Int, _ kind: UInt64) -> RecordID {
        RecordID(bits: hash(number, kind))
    }

    private static func hash(_ number: Int, _ kind: UInt64) -> Hash128 {
        var hash = SipHash128(key: Hash128(low: kind, high: 1))
        hash.append(UInt64(number))
        return hash.finish()
    }

    /// Digits that nobody can foresee are not needed here.
    static func text(_ number: Int) -> String {
        var word = UInt64(number) &+ 1
        let random = (0..<KeyText.mintBytes).map { _ -> UInt8 in
            word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: word >> 33) % 248
        }
        guard let text = KeyText.mint(.test, random: random) else { preconditionFailure("too few digits") }
        return text
    }

    /// Stands for HMAC-SHA-256.
    static func digest(_ text: RawSpan) -> KeyDigest {
        var bytes: [UInt8] = []
        for part in 0..<2 {
            let hash = SipHash128.hash(text, key: Hash128(low: UInt64(part), high: 7))
            for word in [hash.low, hash.high] {
                for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(place * 8))) }
            }
        }
        guard let digest = bytes.withBytes({ KeyDigest($0) }) else { preconditionFailure("a digest of another size") }
        return digest
    }

    private func record(_ number: Int, _ state: KeyRecord.State = .active) -> PolicyRecord {
        .key(
            KeyRecord(
                id: Self.id(number, 4), consumer: Self.id(number / Self.keysPerConsumer, 5), subscription: nil,
                digest: Array(Self.text(number).utf8).withBytes { Self.digest($0) }, state: state, from: 0, until: nil))
    }

    func whole() -> [UInt8] {
        var encoder = PolicyDocumentEncoder(from: 0, to: 1)
        let (product, plan) = (Self.id(0, 1), Self.id(0, 2))
        encoder.append(.product(ProductRecord(id: product, slug: "api", hosts: ["api.example.com"])))
        encoder.append(
            .plan(
                PlanRecord(
                    id: plan, code: "bench", version: 1, mode: .subscription, unreported: .bill, outage: "deny",
                    rules: "rate: 1M/s burst 1M; hour: 1G/h")))
        for consumer in 0..<(keys + Self.keysPerConsumer - 1) / Self.keysPerConsumer {
            encoder.append(
                .subscription(
                    SubscriptionRecord(
                        id: Self.id(consumer, 3), consumer: Self.id(consumer, 5), plan: plan, period: 1,
                        products: [product], state: .active, from: 0, until: nil)))
        }
        for number in 0..<keys { encoder.append(record(number)) }
        return encoder.finish()
    }

    /// A change of so many keys, which no check comes with, all over the tables.
    func change(_ size: Int, number: Int, from version: Int64) -> [UInt8] {
        var encoder = PolicyDocumentEncoder(from: version, to: version + 1)
        let others = max(1, keys - Self.checkedKeys)
        var chosen: Set<Int> = []
        for place in 0..<size { chosen.insert((Self.checkedKeys + (number * 7_919 + place * 104_729) % others) % keys) }
        for key in chosen { encoder.append(record(key, number.isMultiple(of: 2) ? .revoked : .active)) }
        return encoder.finish()
    }

    /// Requests of the product, each with a key.
    var frames: [[UInt8]] {
        (0..<min(keys, Self.checkedKeys)).map { number in
            CheckDraft(
                attributes: [
                    ("api_key", Array(Self.text(number).utf8)), ("method", Array("GET".utf8)),
                    ("path", Array("/v1/forecast/berlin".utf8)), ("host", Array("api.example.com".utf8)),
                ]
            ).frame(id: UInt64(number))
        }
    }

    static func applying(_ document: [UInt8], to book: ContractBook) throws(BenchFailure) -> ContractBook {
        do throws(PolicyDocumentError) {
            return try document.withBytes { bytes throws(PolicyDocumentError) in
                try book.applying(bytes, almanac: NoCalendar())
            }
        } catch {
            throw BenchFailure("the benchmark's document: \(error)")
        }
    }
}
