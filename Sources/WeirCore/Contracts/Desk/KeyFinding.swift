/// What a key is good for, at one product and for a while.
struct KeyFinding: BitwiseCopyable, Sendable {
    /// `ok`, or why not.
    var reason: Reason
    /// Numbers of the book; `BookNumber.none` where there is none.
    var subscription = BookNumber.none
    var plan = BookNumber.none
    /// Seconds since 1970 at which it may be another.
    var changesAt = Int64.max
    /// Whether another subscription serves the key when all that this one has is used up.
    var hasNext = false
}

extension ContractBook {
    /// Subscriptions of a consumer that are looked at; more, and the oldest are not.
    private static let maximumCandidates = 1_024

    /// What a key is good for at a product.
    ///
    /// - Parameter rank: which of the subscriptions that serve it, in the order in which they pay; 0 for the first.
    func find(key number: UInt32, product: UInt32, rank: Int = 0, seconds: Int64) -> KeyFinding {
        let key = keys[number]
        if key.state == .revoked { return KeyFinding(reason: .keyRevoked) }
        if seconds < key.from { return KeyFinding(reason: .keyExpired, changesAt: key.from) }
        if seconds >= key.until { return KeyFinding(reason: .keyExpired) }
        var search = SubscriptionSearch(key: key, product: product, seconds: seconds)
        if key.subscription != BookNumber.none {
            consider(key.subscription, &search)
        } else {
            var next = consumers[key.consumer].newest
            var count = 0
            while next != BookNumber.none, count < Self.maximumCandidates {
                consider(next, &search)
                next = subscriptions[next].older
                count += 1
            }
        }
        return search.finding(rank: rank)
    }

    private func consider(_ number: UInt32, _ search: inout SubscriptionSearch) {
        let row = subscriptions[number]
        guard row.consumer == search.key.consumer, row.state == .active || row.state == .overdue else { return }
        search.notePeriod(of: row)
        guard productSets.contains(search.product, in: row.products(search.seconds)) else { return }
        let seconds = search.seconds
        search.consider(row, number) { payRank(row, seconds) }
    }

    /// When it is the subscription's turn to pay: access that is paid for already comes first, then what was bought, in the order in which
    /// grants are drawn on, and last where nothing is left.
    private func payRank(_ row: SubscriptionRow, _ seconds: Int64) -> PayRank {
        var best: PayRank?
        var next = row.newestGrant
        while next != BookNumber.none {
            let grant = grants[next]
            next = grant.older
            guard grant.state != .closed, grant.from <= seconds, seconds < grant.until else { continue }
            let rank = PayRank(
                turn: .bought, priority: grant.priority, until: grant.until, created: grant.created, id: grant.id)
            best = min(best ?? rank, rank)
        }
        if let best { return best }
        let isPaid = shop.plans[plans[row.plan(seconds)].id].map { $0.mode != .subscription } ?? false
        return PayRank(turn: isPaid ? .nothing : .access, until: row.until, created: row.from, id: row.id)
    }
}

/// The order in which subscriptions of one consumer pay.
private struct PayRank: Comparable {
    enum Turn: Int { case access, bought, nothing }

    var turn: Turn
    var priority: Int64 = 0
    var until: Int64
    var created: Int64
    var id: RecordID

    static func < (left: PayRank, right: PayRank) -> Bool {
        let (one, other) = (
            (left.turn.rawValue, left.priority, left.until, left.created),
            (right.turn.rawValue, right.priority, right.until, right.created)
        )
        return one == other
            ? (left.id.bits.high, left.id.bits.low) < (right.id.bits.high, right.id.bits.low) : one < other
    }
}

/// Finds the subscriptions of a key that serve a product.
private struct SubscriptionSearch {
    let key: KeyRow
    let product: UInt32
    let seconds: Int64
    private var reason = Reason.noPlan
    private var changesAt: Int64
    private var found: [(rank: PayRank, number: UInt32, plan: UInt32)] = []

    init(key: KeyRow, product: UInt32, seconds: Int64) {
        self.key = key
        self.product = product
        self.seconds = seconds
        changesAt = key.until
    }

    /// The row's next period may make another finding, whatever products it is for now.
    mutating func notePeriod(of row: SubscriptionRow) {
        if seconds < row.nextFrom { changesAt = min(changesAt, row.nextFrom) }
    }

    /// Takes one of the key's consumer that is for the product.
    mutating func consider(_ row: SubscriptionRow, _ number: UInt32, rank: () -> PayRank) {
        if seconds < row.from {
            changesAt = min(changesAt, row.from)
            return
        }
        guard seconds < row.until else { return }
        changesAt = min(changesAt, row.until)
        if row.state == .overdue {
            reason = .balance
        } else {
            found.append((rank(), number, row.plan(seconds)))
        }
    }

    func finding(rank: Int) -> KeyFinding {
        guard rank < found.count else { return KeyFinding(reason: reason, changesAt: changesAt) }
        let ordered = found.sorted { $0.rank < $1.rank }
        return KeyFinding(
            reason: .ok, subscription: ordered[rank].number, plan: ordered[rank].plan, changesAt: changesAt,
            hasNext: rank + 1 < found.count)
    }
}
