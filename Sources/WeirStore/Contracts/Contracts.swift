package import WeirBilling

/// Subscriptions in time, inside one transaction: what the pure model (`Subscription`) calls for is written down where it is decided.
///
/// ```
/// subscription        what agents are told: plan, period, state, end, the period that follows
/// subscription_state  where the model stands, and when somebody has to look again
/// contract            each period that has begun; contract_charge, its fees and what of them is given back
/// ledger              receivable (of the subscription) → earned when a fee is due, cash → receivable when it is paid
/// ```
/// Contracts begin and end at their instants, however late it is noticed, and each once: a subscription is held by the statement that
/// counts its revision before anything of it is read.
package struct Contracts {
    package let catalogue: Catalogue
    let clock: any PeriodClock
    /// Who does it, for orders and transfers.
    let actor: String

    package init(_ catalogue: Catalogue, clock: any PeriodClock, actor: String = "weir") {
        self.catalogue = catalogue
        self.clock = clock
        self.actor = actor
    }

    /// So many seconds before a period ends the next one is prepared, and agents are told of it: a collector that is away at the boundary
    /// is not missed.
    package static let ahead: Int64 = 600
    /// How far back a contract may start: its periods are made one by one.
    package static let longestPast: Int64 = 400 * 86_400

    var connection: any SQLConnection { catalogue.connection }
    var now: Int64 { catalogue.now }
    var ledger: Ledger { catalogue.ledger }

    // MARK: Holding

    /// A subscription that is to be changed, brought up to now.
    ///
    /// - Parameter dueOnly: whether it is left alone where nothing has to be done of it, as somebody else has; then the answer is nil.
    func hold(_ id: String, dueOnly: Bool = false) throws(StoreError) -> HeldSubscription? {
        let rows = try connection.run(
            """
            UPDATE subscription_state SET revision = revision + 1 WHERE id = $1\(dueOnly ? " AND look_at <= $2" : "")
            RETURNING \(HeldSubscription.columns)
            """, dueOnly ? [.text(id), .integer(now)] : [.text(id)])
        guard let row = rows.first else { return nil }
        var held = try read(row, of: try catalogue.subscription(id))
        if held.isFirst { try adopt(&held) }
        try advance(&held)
        return held
    }

    /// As `hold`, of one that a request names.
    func held(_ id: String) throws(StoreError) -> HeldSubscription {
        let row = try catalogue.subscription(id)
        guard let held = try hold(row.id) else {
            throw StoreError(.failed, "subscription \(row.id) has no state: run weir fsck")
        }
        return held
    }

    /// What the stored columns say.
    func read(_ state: SQLRow, of row: SubscriptionRow) throws(StoreError) -> HeldSubscription {
        guard
            let contract = try catalogue.first(
                ContractRow.self, where: [("subscription_id", .text(row.id)), ("number", .integer(row.period))])
        else { throw StoreError(.failed, "subscription \(row.id) has no contract \(row.period): run weir fsck") }
        return try HeldSubscription(
            row, contract.contract, try plan(row.planID), state,
            following: { id throws(StoreError) in try plan(id) })
    }

    func plan(_ id: String) throws(StoreError) -> Plan { try catalogue.plan(id, field: "plan").plan() }

    /// The row of a version of a plan.
    func row(of plan: Plan) throws(StoreError) -> PlanRow {
        guard
            let row = try catalogue.first(
                PlanRow.self, where: [("code", .text(plan.code)), ("number", .integer(plan.version))])
        else { throw StoreError(.failed, "there is no version \(plan.version) of plan \(plan.code)") }
        return row
    }

    // MARK: Writing

    /// Prepares what follows soon, and writes the subscription down.
    ///
    /// - Returns: its row, as agents are told of it.
    @discardableResult
    func finish(_ held: inout HeldSubscription) throws(StoreError) -> SubscriptionRow {
        try prepare(&held)
        let value = held.value
        held.row.period = value.contract.number
        held.row.state = held.state(at: now)
        held.row.endsAt = held.knownEnd
        if held.row != held.stored {
            if held.row.state == .overdue, held.stored.state != .overdue { try note("overdue", held) }
            held.row = try catalogue.update(versioned: held.row)
        }
        _ = try connection.run(
            """
            UPDATE subscription_state SET anchor = $1, following = $2, following_plan = $3, due_since = $4, is_paused = $5,
                is_lapsed = $6, ended_at = $7, withdrawals = $8, look_at = $9 WHERE id = $10
            """,
            [
                .integer(value.anchor), .text(held.following), .text(optional: held.followingPlan),
                .integer(optional: value.dueSince), .integer(value.isPaused ? 1 : 0),
                .integer(value.isLapsed ? 1 : 0), .integer(optional: value.endedAt), .integer(held.withdrawals),
                .integer(optional: held.look(at: now)), .text(value.id),
            ])
        return held.row
    }

    func note(_ kind: String, _ held: HeldSubscription, _ detail: String = "") throws(StoreError) {
        try catalogue.note(
            "subscription.\(kind)", consumer: held.row.consumerID, subject: held.row.id, detail)
    }
}

extension PlanRow {
    /// The plan that the row holds. It was read before it was published.
    package func plan() throws(StoreError) -> Plan {
        do throws(PlanErrors) {
            return try PlanText.parse(source).plan.published(as: number)
        } catch {
            throw StoreError(.failed, "plan \(code) \(number) cannot be read: \(error)")
        }
    }
}

/// Asks the billing model; what it refuses is refused, by the names of requests.
func asModelled<Result>(
    _ kind: Refusal.Kind = .conflict, _ body: () throws(BillingError) -> Result
) throws(StoreError) -> Result {
    do throws(BillingError) {
        return try body()
    } catch {
        let field = error.field.hasPrefix("plan") ? "plan" : error.field == "instant" ? "when" : error.field
        throw .refused(kind, field, "expected \(error.expected), found \(error.found); \(error.advice)")
    }
}
