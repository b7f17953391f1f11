import WeirBilling

/// A subscription that is being changed: where the model stands, and what is stored beside it.
struct HeldSubscription {
    var row: SubscriptionRow
    /// The row as it was read.
    let stored: SubscriptionRow
    var value: Subscription
    /// The id of the plan's version that a change leads to.
    var followingPlan: String?
    /// The end that it was made with.
    let askedEnd: Int64?
    /// How often a period that was prepared has been taken back.
    var withdrawals: Int64
    /// Whether nobody has held it before: it is of a database that had no periods.
    let isFirst: Bool

    static let columns = """
        anchor, following, following_plan, due_since, is_paused, is_lapsed, ended_at, asked_end, withdrawals, revision
        """

    /// One that has just begun.
    init(_ row: SubscriptionRow, _ value: Subscription, askedEnd: Int64?) {
        (self.row, stored, self.value, self.askedEnd) = (row, row, value, askedEnd)
        (followingPlan, withdrawals, isFirst) = (nil, 0, false)
    }

    /// Reads a row of `columns`.
    init(
        _ row: SubscriptionRow, _ contract: Contract, _ plan: Plan, _ state: SQLRow,
        following: (String) throws(StoreError) -> Plan
    ) throws(StoreError) {
        var reader = RowReader(state)
        let anchor = try reader.integer()
        let word = try reader.text()
        followingPlan = try reader.optionalText()
        let next: Subscription.Next? =
            if word == "cancel" { .cancel } else if let followingPlan { .change(try following(followingPlan)) } else {
                nil
            }
        value = Subscription(
            id: row.id, plan: plan, contract: contract, anchor: anchor, next: next,
            dueSince: try reader.optionalInteger(), isPaused: try reader.integer() != 0,
            isLapsed: try reader.integer() != 0, endedAt: try reader.optionalInteger())
        askedEnd = try reader.optionalInteger()
        withdrawals = try reader.integer()
        isFirst = try reader.integer() <= 1
        (self.row, stored) = (row, row)
    }

    /// What happens at the contract's end, as it is stored.
    var following: String {
        switch value.next {
        case .cancel: "cancel"
        case .change: "change"
        case nil: ""
        }
    }

    /// The first second that is not of the contract; nil where nothing ends it.
    var end: Int64? {
        guard let askedEnd else { return value.contract.end }
        return min(askedEnd, value.contract.end ?? .max)
    }

    /// The end of it all, as far as it is known.
    var knownEnd: Int64? {
        if let endedAt = value.endedAt { return endedAt }
        return value.next == .cancel ? end : askedEnd
    }

    /// What agents are told of it.
    func state(at now: Int64) -> SubscriptionRow.State {
        if value.endedAt != nil { return .ended }
        return switch value.standing(at: now) {
        case .trial, .active: .active
        case .paused: .paused
        case .overdue: .overdue
        case .ended: .ended
        }
    }

    /// When something has to be done of it: a period is to be prepared, one is over, or a grace is; nil for never.
    func look(at now: Int64) -> Int64? {
        guard value.endedAt == nil, !value.isLapsed else { return nil }
        var instants: [Int64] = []
        if let overdue = value.overdueAt, overdue > now { instants.append(overdue) }
        if let end {
            let before = end - Contracts.ahead
            instants.append(row.next == nil && before > now && !isLast ? before : end)
        }
        return instants.min()
    }

    /// Whether no period follows the one that runs.
    var isLast: Bool { value.next == .cancel || end != value.contract.end || askedEnd == value.contract.end }

    /// The same, with what is due since when as the ledger has it.
    mutating func setDue(since instant: Int64?) {
        value = Subscription(
            id: value.id, plan: value.plan, contract: value.contract, anchor: value.anchor, next: value.next,
            dueSince: instant, isPaused: value.isPaused, isLapsed: value.isLapsed, endedAt: value.endedAt)
    }

    /// Puts the contract in the place of the one that was read.
    mutating func setContract(_ contract: Contract) {
        value = Subscription(
            id: value.id, plan: value.plan, contract: contract, anchor: value.anchor, next: value.next,
            dueSince: value.dueSince, isPaused: value.isPaused, isLapsed: value.isLapsed, endedAt: value.endedAt)
    }
}
