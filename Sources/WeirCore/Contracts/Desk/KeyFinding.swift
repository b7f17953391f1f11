/// What a key is good for, at one product and for a while.
struct KeyFinding: BitwiseCopyable, Sendable {
    /// `ok`, or why not.
    var reason: Reason
    /// Numbers of the book; `BookNumber.none` where there is none.
    var subscription = BookNumber.none
    var plan = BookNumber.none
    /// Seconds since 1970 at which it may be another.
    var changesAt = Int64.max
}

extension ContractBook {
    /// Subscriptions of a consumer that are looked at; more, and the oldest are not.
    private static let maximumCandidates = 1_024

    /// What a key is good for at a product.
    func find(key number: UInt32, product: UInt32, seconds: Int64) -> KeyFinding {
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
        return search.finding
    }

    private func consider(_ number: UInt32, _ search: inout SubscriptionSearch) {
        let row = subscriptions[number]
        guard row.consumer == search.key.consumer, row.state == .active || row.state == .overdue else { return }
        search.notePeriod(of: row)
        guard productSets.contains(search.product, in: row.products(search.seconds)) else { return }
        search.consider(row, number)
    }
}

/// Finds the subscription of a key that serves a product: the one that ends first, then the older one, then the lower id.
private struct SubscriptionSearch {
    let key: KeyRow
    let product: UInt32
    let seconds: Int64
    var finding: KeyFinding
    private var best: SubscriptionRow?

    init(key: KeyRow, product: UInt32, seconds: Int64) {
        self.key = key
        self.product = product
        self.seconds = seconds
        finding = KeyFinding(reason: .noPlan, changesAt: key.until)
    }

    /// The row's next period may make another finding, whatever products it is for now.
    mutating func notePeriod(of row: SubscriptionRow) {
        if seconds < row.nextFrom { finding.changesAt = min(finding.changesAt, row.nextFrom) }
    }

    /// Takes one of the key's consumer that is for the product.
    mutating func consider(_ row: SubscriptionRow, _ number: UInt32) {
        if seconds < row.from {
            finding.changesAt = min(finding.changesAt, row.from)
            return
        }
        guard seconds < row.until else { return }
        finding.changesAt = min(finding.changesAt, row.until)
        if row.state == .overdue {
            if finding.reason == .noPlan { finding.reason = .balance }
            return
        }
        if let best, !Self.isBefore(row, best) { return }
        best = row
        (finding.reason, finding.subscription, finding.plan) = (.ok, number, row.plan(seconds))
    }

    private static func isBefore(_ left: SubscriptionRow, _ right: SubscriptionRow) -> Bool {
        (left.until, left.from, left.id.bits.high, left.id.bits.low)
            < (right.until, right.from, right.id.bits.high, right.id.bits.low)
    }
}
