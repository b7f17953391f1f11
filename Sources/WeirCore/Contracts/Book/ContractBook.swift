/// What an agent knows of products, plans, subscriptions and keys: flat tables, a value that is copied for next to nothing.
///
/// A document is read into a copy, away from checks; when all of it is right the copy takes the place of what it was made from.
package struct ContractBook: Sendable {
    /// The document's version; 0 before there was any.
    package internal(set) var version: Int64 = 0
    /// The epoch of the collector's database in which it was given; empty where it has none.
    package internal(set) var epoch = ""
    /// What is to be compiled, and a number that rises when it changes.
    package internal(set) var offers = Offers.none
    package internal(set) var offersEdition: UInt64 = 0

    var shop = Shop()
    var hasShopChanged = false
    var products = BookTable<PlainRow>()
    var plans = BookTable<PlainRow>()
    var productSets = ProductSets()
    var consumers = BookTable<ConsumerRow>()
    var subscriptions = BookTable<SubscriptionRow>()
    var grants = BookTable<GrantRow>()
    /// The units that grants are in, and the meters that they are for, by number.
    var units: [String] = []
    var unitNumbers: [String: UInt32] = [:]
    var keys = BookTable<KeyRow>()
    var digests = BookIndex()

    /// Units of grants in all.
    static let maximumUnits = 4_096

    /// The book of no document.
    package init() {}

    // MARK: Documents

    /// The book that a document makes of this one.
    ///
    /// - Parameter almanac: knows the time zones that rules name.
    /// - Throws: what is wrong, first of all a document that changes another version than this.
    package func applying(_ document: RawSpan, almanac: some Almanac) throws(PolicyDocumentError) -> ContractBook {
        let header = try PolicyDocumentReader.header(document)
        guard header.isWhole || header.from == version else {
            throw PolicyDocumentError(
                line: 1, field: "from", expected: "a change of version \(version), or the whole",
                found: "\(header.from)")
        }
        var next = header.isWhole ? ContractBook() : self
        next.hasShopChanged = header.isWhole
        _ = try PolicyDocumentReader.read(document) { record, line throws(PolicyDocumentError) in
            try next.take(record, line: line, almanac: almanac)
        }
        try next.finish()
        next.version = header.to
        next.epoch = header.epoch
        next.offersEdition = offersEdition + (next.hasShopChanged ? 1 : 0)
        next.hasShopChanged = false
        return next
    }

    /// Checks what refers to what, when all is read.
    private mutating func finish() throws(PolicyDocumentError) {
        if let product = products.firstUndefined { throw Self.missing("product", product.text(RecordID.product)) }
        if let plan = plans.firstUndefined { throw Self.missing("plan", plan.text(RecordID.plan)) }
        if let subscription = subscriptions.firstUndefined {
            throw Self.missing("subscription", subscription.text(RecordID.subscription))
        }
        guard hasShopChanged else { return }
        if let flaw = shop.flaw { throw flaw }
        offers = shop.offers(product: { products.find($0) }, plan: { plans.find($0) })
    }

    private static func missing(_ kind: String, _ id: String) -> PolicyDocumentError {
        PolicyDocumentError(
            line: 0, field: kind, expected: "a record of each \(kind) that others refer to", found: id)
    }

    // MARK: Figures

    package var keyCount: Int { keys.count }
    package var subscriptionCount: Int { subscriptions.count }
    package var consumerCount: Int { consumers.undefinedCount }
    package var grantCount: Int { grants.count }

    /// Bytes of all tables.
    package var byteCount: Int {
        consumers.byteCount + subscriptions.byteCount + grants.byteCount + keys.byteCount + digests.byteCount
    }

    /// Bytes of what each key costs by itself: its row and its places in the indices.
    package var keyByteCount: Int { keys.byteCount + digests.byteCount }

    // MARK: Keys

    /// The number of the key with a digest.
    func key(_ digest: Hash128) -> UInt32? { digests.find(digest) { keys[$0].digest } }

    /// The grants of a subscription in the order in which they are to be drawn on: by priority, then what ends first, what is older, and
    /// the lower id.
    package func grants(of subscription: RecordID) -> [GrantRecord] {
        guard let number = subscriptions.find(subscription) else { return [] }
        var found: [GrantRow] = []
        var next = subscriptions[number].newestGrant
        while next != BookNumber.none {
            found.append(grants[next])
            next = grants[next].older
        }
        found.sort { left, right in
            let (one, other) = (
                (left.priority, left.until, left.created), (right.priority, right.until, right.created)
            )
            return one == other
                ? (left.id.bits.high, left.id.bits.low) < (right.id.bits.high, right.id.bits.low) : one < other
        }
        return found.map { row in
            GrantRecord(
                id: row.id, subscription: subscription, unit: units[Int(row.unit)], priority: row.priority,
                created: row.created, until: row.until == .max ? nil : row.until, state: row.state,
                scope: row.scope == BookNumber.none ? "" : units[Int(row.scope)], from: row.from)
        }
    }
}
