/// What a check knows of its request: the attributes in the one form that rules see, and what follows from them.
///
/// Made once and used for every check; it holds the room that normalised paths and hosts are written to.
struct Facts: ~Copyable {
    /// Where a value lies.
    private enum Place {
        case missing
        case request(ByteRange)
        case scratch(Range<Int>)
    }

    /// Where the host is written: behind the longest path and its slash.
    private static let hostStart = 65_537

    /// Filled by whoever reads the request, before `derive`.
    var attributes = Attributes()
    /// The address, when the `ip` attribute is one.
    private(set) var address: IPAddress?
    /// The route that matched; -1 for none.
    private(set) var route = -1
    /// The number of the document's product that the request is of; -1 for none. Its route, which may have no name, is in `route` then.
    private(set) var product: Int32 = -1
    /// Whether the document says who the consumer is, and by which plan he is served; -1 for none.
    private(set) var isIdentified = false
    private(set) var plan: Int32 = -1
    /// Who he is. Apart, as the facts are lent by copying their bits.
    private var identity = Heap(ContractIdentity())
    private var path = Place.missing
    private var host = Place.missing
    private var scratch = FixedArray<UInt8>(count: hostStart + HostNormaliser.maximumBytes, repeating: 0)
    /// Digests of values, by slot, and which of them the running check has worked out.
    private var digests = FixedArray<Hash128>(count: Attributes.capacity, repeating: Hash128(low: 0, high: 0))
    private var digested: UInt32 = 0

    init() {}

    /// Derives what `policy` needs to know of a request.
    mutating func derive(_ request: RawSpan, _ policy: borrowing CompiledPolicy) {
        address = nil
        route = -1
        path = .missing
        host = .missing
        digested = 0
        if policy.tables.value.needsAddress, let range = attributes[.ip] {
            address = IPAddress(text: request.extracting(range.range))
        }
        if policy.tables.value.needsPath, let range = attributes[.path] {
            switch PathNormaliser.normalise(request.extracting(range.range), scratch: &scratch) {
            case .original(let part):
                path = .request(
                    ByteRange(Int(range.offset) + part.lowerBound..<Int(range.offset) + part.upperBound))
            case .scratch(let count): path = .scratch(0..<count)
            }
        }
        if policy.tables.value.needsHost, let range = attributes[.host] {
            if Int(range.count) <= HostNormaliser.maximumBytes {
                let count = HostNormaliser.normalise(
                    request.extracting(range.range), scratch: &scratch, at: Self.hostStart)
                host = .scratch(Self.hostStart..<Self.hostStart + count)
            } else {
                host = .request(range)
            }
        }
        (product, plan, isIdentified) = (-1, -1, false)
        if policy.sellsAnything, let door = policy.door(&self, request) {
            (product, route) = (Int32(door.product), door.route)
            // Whatever the client says of these, the document says what is so.
            attributes.remove(Attributes.contractual)
            return
        }
        route = policy.route(&self, request)
    }

    /// The request is of whoever an entry of the desk says.
    mutating func identify(_ key: KnownKey, _ texts: RawSpan) {
        isIdentified = true
        plan = key.plan == BookNumber.none ? -1 : Int32(key.plan)
        identity.value.take(key, texts)
        let slot = Int(AttributeSlot.consumer.index)
        digests[slot] = key.consumer
        digested |= 1 << UInt32(slot)
    }

    /// The request is paid, or the draw of it that is counted next.
    mutating func draw(_ tag: DrawTag) { identity.value.draw(tag) }

    /// A byte of the code of the meter that is drawn for.
    mutating func name(_ index: Int, _ byte: UInt8) { identity.value.name(index, byte) }

    /// The list of windows that pay for an identified request.
    var account: Int32 { identity.value.account }

    /// Whether another subscription serves the key of an identified request when this one's credit is used up.
    var hasNextPayer: Bool { isIdentified && identity.value.hasNext }

    /// Whether something pays for the request, which is identified then.
    var isDrawn: Bool { isIdentified && identity.value.isDrawn }

    /// Writes what pays for the request, counted; no text where nothing does.
    func writeGrant(to writer: inout ByteWriter) {
        if isDrawn { identity.value.writeGrant(to: &writer) } else { writer.append(0 as UInt8) }
    }

    /// Lends the consumer of an identified request.
    func withConsumer<Result>(_ body: (RawSpan) -> Result) -> Result { identity.value.withConsumer(body) }

    /// What of an identified request's cell key says who pays.
    var payer: Hash128 { identity.value.payer }

    /// Lends the contract of an identified request; empty for none.
    func withContract<Result>(_ body: (RawSpan) -> Result) -> Result {
        identity.value.withContract(body)
    }

    /// Lends the id of an identified request's key.
    func withKeyID<Result>(_ body: (RawSpan) -> Result) -> Result {
        identity.value.withKeyID(body)
    }

    @inline(__always)
    func has(_ slot: AttributeSlot, _ policy: borrowing CompiledPolicy) -> Bool {
        switch slot {
        case .route where route >= 0: product < 0 || !policy.tables.value.routes[route].name.isEmpty
        case .consumer where isIdentified: true
        case .plan where plan >= 0: true
        case .product where route >= 0 && !policy.tables.value.routes[route].product.isEmpty: true
        default: attributes.has(slot)
        }
    }

    /// Lends the value of an attribute; nil when the request lacks it. A route that matched outranks what the client
    /// said.
    @inline(__always)
    func withValue<Result>(
        _ slot: AttributeSlot, _ request: RawSpan, _ policy: borrowing CompiledPolicy, _ body: (RawSpan) -> Result
    ) -> Result? {
        switch slot {
        case .path: return withPlace(path, request, body)
        case .host: return withPlace(host, request, body)
        case .consumer where isIdentified: return identity.value.withConsumer(body)
        case .plan where plan >= 0: return policy.tables.value.withCode(of: UInt32(plan), body)
        case .route where route >= 0:
            if product >= 0, policy.tables.value.routes[route].name.isEmpty { return nil }
            return policy.tables.value.bytes.withBytes(policy.tables.value.routes[route].name.range, body)
        case .product where route >= 0 && !policy.tables.value.routes[route].product.isEmpty:
            return policy.tables.value.bytes.withBytes(policy.tables.value.routes[route].product.range, body)
        default:
            guard let range = attributes[slot] else { return nil }
            return body(request.extracting(range.range))
        }
    }

    /// The keyed hash of an attribute's name and value, from which limit keys and cells are made, so that each value is hashed
    /// once in a check; nil when the request lacks it.
    @inline(__always)
    mutating func digest(
        _ slot: AttributeSlot, _ request: RawSpan, _ policy: borrowing CompiledPolicy
    ) -> Hash128? {
        let bit = UInt32(1) << UInt32(slot.index)
        if digested & bit != 0 { return digests[Int(slot.index)] }
        let seed = policy.tables.value.digestSeeds[Int(slot.index)]
        guard let digest = withValue(slot, request, policy, { SipHash128.hash($0, key: seed) }) else { return nil }
        digested |= bit
        digests[Int(slot.index)] = digest
        return digest
    }

    /// The digest of an address, of which a rule may see only a prefix.
    @inline(__always)
    static func digest(of address: IPAddress, _ policy: borrowing CompiledPolicy) -> Hash128 {
        var hash = SipHash128(key: policy.tables.value.digestSeeds[0])
        if !address.isIPv4 { hash.append(address.high) }
        hash.append(address.low)
        return hash.finish()
    }

    @inline(__always)
    private func withPlace<Result>(_ place: Place, _ request: RawSpan, _ body: (RawSpan) -> Result) -> Result? {
        switch place {
        case .missing: nil
        case .request(let range): body(request.extracting(range.range))
        case .scratch(let range): scratch.withBytes(range, body)
        }
    }
}
