/// A contract: a consumer, a version of a plan, and who accepted it.
package struct SubscriptionRow: PolicyRow {
    /// A period that follows the one that runs, known before it begins.
    package struct NextPeriod: Equatable, Sendable {
        package var number: Int64
        /// Its first second, which is the end of the period that runs.
        package var from: Int64
        package var planID: String

        package init(number: Int64, from: Int64, planID: String) {
            self.number = number
            self.from = from
            self.planID = planID
        }
    }

    package enum State: String, CaseIterable, Sendable {
        case active, paused, ended, overdue
    }

    package var id: String
    package var consumerID: String
    package var planID: String
    /// The number of the period that runs: 1, 2, 3, …
    package var period: Int64
    package var state: State
    package var startsAt: Int64
    /// The end that is known; nil while periods follow one another.
    package var endsAt: Int64?
    /// Who agreed to the plan's version, as the seller names them.
    package var acceptedBy: String
    package var acceptedAt: Int64
    package var createdAt: Int64
    package var version: Int64
    /// What is prepared; nil between times.
    package var next: NextPeriod?

    package static let table = "subscription"
    package static let columns = [
        "id", "consumer_id", "plan_id", "period", "state", "starts_at", "ends_at", "accepted_by", "accepted_at",
        "created_at", "version", "next_period", "next_from", "next_plan_id",
    ]

    package init(
        id: String = "", consumerID: String, planID: String, period: Int64, state: State, startsAt: Int64,
        endsAt: Int64? = nil, acceptedBy: String, acceptedAt: Int64, createdAt: Int64 = 0, version: Int64 = 0
    ) {
        self.id = id
        self.consumerID = consumerID
        self.planID = planID
        self.period = period
        self.state = state
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.acceptedBy = acceptedBy
        self.acceptedAt = acceptedAt
        self.createdAt = createdAt
        self.version = version
    }

    package init(_ row: inout RowReader) throws(StoreError) {
        id = try row.text()
        consumerID = try row.text()
        planID = try row.text()
        period = try row.integer()
        state = try row.choice(State.self)
        startsAt = try row.integer()
        endsAt = try row.optionalInteger()
        acceptedBy = try row.text()
        acceptedAt = try row.integer()
        createdAt = try row.integer()
        version = try row.integer()
        let (number, from) = (try row.optionalInteger(), try row.optionalInteger())
        let plan = try row.optionalText()
        if let number, let from, let plan { next = NextPeriod(number: number, from: from, planID: plan) }
    }

    package var values: [SQLValue] {
        [
            .text(id), .text(consumerID), .text(planID), .integer(period), .text(state.rawValue), .integer(startsAt),
            .integer(optional: endsAt), .text(acceptedBy), .integer(acceptedAt), .integer(createdAt),
            .integer(version), .integer(optional: next?.number), .integer(optional: next?.from),
            .text(optional: next?.planID),
        ]
    }
}
