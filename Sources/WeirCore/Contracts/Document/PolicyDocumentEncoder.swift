/// Writes a policy document, a line for each record, with its checksum at the end.
package struct PolicyDocumentEncoder: Sendable {
    private var bytes: [UInt8] = []
    private var crc: UInt32 = 0
    private var count = 0

    /// Begins a document that leads from version `from` (0: it is the whole) to version `to`.
    ///
    /// - Parameter epoch: of the collector's database; empty for none.
    package init(from: Int64, to: Int64, epoch: String = "") {
        write(PolicyDocument.name)
        field(String(PolicyDocument.format))
        field(String(from))
        field(String(to))
        if !epoch.isEmpty { field(epoch) }
        bytes.append(Self.lineFeed)
    }

    package mutating func append(_ record: PolicyRecord) {
        switch record {
        case .product(let product):
            begin(.product, product.id)
            field(product.slug)
            field(product.hosts.joined(separator: "|"))
        case .route(let route):
            begin(.route, route.id)
            field(route.product, RecordID.product)
            field(route.name)
            field(route.methods.joined(separator: "|"))
            field(route.path)
            field(String(route.weight))
            field(String(route.order))
        case .plan(let plan):
            begin(.plan, plan.id)
            field(plan.code)
            field(String(plan.version))
            field(plan.mode.rawValue)
            field(plan.unreported.rawValue)
            field(plan.outage)
            field(plan.rules)
        case .meter(let meter):
            begin(.meter, meter.id)
            field(meter.plan, RecordID.plan)
            field(meter.code)
            field(meter.dimension.rawValue)
            field(String(meter.ceilingNumerator))
            field(String(meter.ceilingDenominator))
            field(meter.filter)
            if let usedUp = meter.usedUp { field(usedUp.rawValue) }
        case .subscription(let subscription): append(subscription)
        case .grant(let grant):
            begin(.grant, grant.id)
            field(grant.subscription, RecordID.subscription)
            field(grant.unit)
            field(String(grant.priority))
            field(String(grant.created))
            field(grant.until)
            field(grant.state.rawValue)
            if !grant.scope.isEmpty || grant.from > 0 { field(grant.scope) }
            if grant.from > 0 { field(String(grant.from)) }
        case .key(let key):
            begin(.key, key.id)
            field(key.consumer, RecordID.consumer)
            if let subscription = key.subscription { field(subscription, RecordID.subscription) } else { field("") }
            bytes.append(Self.tab)
            bytes += key.digest.hex
            field(key.state.rawValue)
            field(String(key.from))
            field(key.until)
        case .gone(let kind, let id):
            write("gone")
            field(kind.rawValue)
            field(id, kind.prefix)
        }
        bytes.append(Self.lineFeed)
        count += 1
    }

    private mutating func append(_ subscription: SubscriptionRecord) {
        begin(.subscription, subscription.id)
        field(subscription.consumer, RecordID.consumer)
        field(subscription.plan, RecordID.plan)
        field(subscription.contract)
        field(subscription.products)
        field(subscription.state.rawValue)
        field(String(subscription.from))
        field(subscription.until)
        guard let next = subscription.next else { return }
        field(subscription.contract(next.period))
        field(String(next.from))
        field(next.plan, RecordID.plan)
        field(next.products)
    }

    /// Takes what is written so far, so that a large document need not be in memory at once.
    package mutating func drain() -> [UInt8] {
        crc = bytes.withBytes { CRC32C.checksum($0, seed: crc) }
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    /// Ends the document, and returns what was not drained before.
    package consuming func finish() -> [UInt8] {
        crc = bytes.withBytes { CRC32C.checksum($0, seed: crc) }
        write("end")
        field(String(count))
        let digits = String(crc, radix: 16)
        field(String(repeating: "0", count: 8 - digits.count) + digits)
        bytes.append(Self.lineFeed)
        return bytes
    }

    // MARK: Fields

    private static let tab = UInt8(ascii: "\t")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let backslash = UInt8(ascii: "\\")

    private mutating func begin(_ kind: RecordKind, _ id: RecordID) {
        bytes += kind.rawValue.utf8
        field(id, kind.prefix)
    }

    private mutating func write(_ word: StaticString) { bytes += word.description.utf8 }

    private mutating func field(_ id: RecordID, _ prefix: StaticString) {
        bytes.append(Self.tab)
        bytes += id.text(prefix).utf8
    }

    private mutating func field(_ products: [RecordID]) {
        field(products.map { $0.text(RecordID.product) }.joined(separator: ","))
    }

    private mutating func field(_ seconds: Int64?) { field(seconds.map { String($0) } ?? "") }

    private mutating func field(_ text: String) {
        bytes.append(Self.tab)
        for byte in text.utf8 {
            switch byte {
            case Self.backslash: bytes += [Self.backslash, Self.backslash]
            case Self.tab: bytes += [Self.backslash, UInt8(ascii: "t")]
            case Self.lineFeed: bytes += [Self.backslash, UInt8(ascii: "n")]
            default: bytes.append(byte)
            }
        }
    }
}
