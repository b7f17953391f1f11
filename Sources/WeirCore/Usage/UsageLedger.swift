/// Finds the cell of a request: hashes its dimensions, and names them where the table does not know them.
///
/// The hashes are keyed by the fleet's namespace, so that every agent and every incarnation gives equal cells equal
/// keys.
struct UsageLedger: ~Copyable {
    /// The key of all dimension hashes of one fleet.
    private let seed: Hash128
    /// By route, plus 1: the keys of requests without API key, consumer and plan, which are most.
    private let anonymous: FixedArray<Hash128>

    init(namespace: Hash128, policy: borrowing CompiledPolicy) {
        seed = Hash128(deriving: "usage", under: namespace)
        var keys: [Hash128] = []
        for route in -1..<policy.tables.value.routes.count {
            var hash = SipHash128(key: seed)
            if route < 0 {
                hash.append(0 as UInt64)
                hash.append(0 as UInt64)
            } else {
                policy.tables.value.bytes.withBytes(policy.tables.value.routes[route].product.range) {
                    hash.appendCounted($0)
                }
                policy.tables.value.bytes.withBytes(policy.tables.value.routes[route].name.range) {
                    hash.appendCounted($0)
                }
            }
            for _ in 0..<3 { hash.append(0 as UInt64) }
            keys.append(hash.finish())
        }
        anonymous = FixedArray(keys)
    }

    /// Adds to the cell of the request's dimensions, and returns its slot.
    @inline(__always)
    func add(
        _ amount: Totals, _ outcome: Outcome, _ hour: UInt32, to usage: inout UsageTable,
        _ facts: inout Facts, _ request: RawSpan, _ policy: borrowing CompiledPolicy
    ) -> UInt32 {
        let key = key(&facts, request, policy)
        if let slot = usage.add(amount, key: key, hour: hour, outcome: outcome) { return slot }
        return usage.addToNew(
            amount, key: key, other: otherKey(&facts, request, policy), hour: hour, outcome: outcome
        ) { isOther, writer in
            describe(isOther: isOther, &facts, request, policy, to: &writer)
        }
    }

    @inline(__always)
    private func key(_ facts: inout Facts, _ request: RawSpan, _ policy: borrowing CompiledPolicy) -> Hash128 {
        let known = anonymous[facts.route &+ 1]
        if facts.product >= 0 { return facts.isIdentified ? known ^ facts.payer : known }
        let isProductGiven =
            facts.route < 0
            ? facts.attributes.hasAny(Attributes.products)
            : policy.tables.value.routes[facts.route].product.isEmpty && facts.attributes.has(.product)
        if !isProductGiven, !facts.attributes.hasAny(Attributes.payers) { return known }
        let none = Hash128(low: 0, high: 0)
        let payer =
            (facts.digest(.apiKey, request, policy) ?? none) ^ (facts.digest(.consumer, request, policy) ?? none)
            ^ (facts.digest(.plan, request, policy) ?? none)
        if !isProductGiven { return known ^ payer }
        // Who chooses product and route too chooses enough to steer a sum.
        var hash = SipHash128(key: seed ^ payer)
        Self.append(.product, &facts, request, policy, to: &hash)
        Self.append(.route, &facts, request, policy, to: &hash)
        return hash.finish()
    }

    /// The key of the cell `other` of the request's product and route.
    private func otherKey(
        _ facts: inout Facts, _ request: RawSpan, _ policy: borrowing CompiledPolicy
    ) -> Hash128 {
        var hash = SipHash128(key: seed)
        Self.append(.product, &facts, request, policy, to: &hash)
        Self.append(.route, &facts, request, policy, to: &hash)
        hash.append(UInt64.max)
        return hash.finish()
    }

    @inline(__always)
    private static func append(
        _ slot: AttributeSlot, _ facts: inout Facts, _ request: RawSpan, _ policy: borrowing CompiledPolicy,
        to hash: inout SipHash128
    ) {
        if facts.withValue(slot, request, policy, { hash.appendCounted($0) }) == nil { hash.append(0 as UInt64) }
    }

    /// Writes the dimensions as `Dimensions.write` does.
    private func describe(
        isOther: Bool, _ facts: inout Facts, _ request: RawSpan, _ policy: borrowing CompiledPolicy,
        to writer: inout ByteWriter
    ) {
        func counted(_ text: RawSpan) {
            writer.append(UInt8(text.byteCount))
            writer.append(text)
        }
        func text(_ slot: AttributeSlot) {
            let written: Void? = facts.withValue(slot, request, policy) { value in
                if value.byteCount > Dimensions.maximumBytes {
                    writeHash(value, to: &writer)
                } else {
                    writer.append(UInt8(value.byteCount))
                    writer.append(value)
                }
            }
            if written == nil { writer.append(0 as UInt8) }
        }
        if facts.isIdentified, !isOther {
            facts.withContract { counted($0) }
        } else {
            writer.append(0 as UInt8)
        }
        if isOther {
            writer.append(0 as UInt8)
            writer.append(0 as UInt8)
            writer.append(UInt8(Dimensions.other.utf8.count))
            writer.append(Dimensions.other)
        } else {
            text(.consumer)
            text(.plan)
            if facts.isIdentified {
                facts.withKeyID { counted($0) }
            } else {
                let written: Void? = facts.withValue(.apiKey, request, policy) { writeHash($0, to: &writer) }
                if written == nil { writer.append(0 as UInt8) }
            }
        }
        text(.product)
        text(.route)
        if isOther { writer.append(0 as UInt8) } else { facts.writeGrant(to: &writer) }
    }

    /// `hash:` and 32 digits: what stands for an API key, which is a secret, and for a text that is too long.
    private func writeHash(_ value: RawSpan, to writer: inout ByteWriter) {
        var hash = SipHash128(key: seed)
        hash.append(value)
        let digest = hash.finish()
        writer.append(37 as UInt8)
        writer.append("hash:" as StaticString)
        writer.append(hexadecimal: digest.high, digits: 16)
        writer.append(hexadecimal: digest.low, digits: 16)
    }
}
