/// A window as the store has it: what one incarnation holds of one grant.
///
/// ```
/// granted ─┬─ returned                       given back, or taken back when the window is over
///          └─ spent − shrunk ─┬─ posted      charged to the grant
///                             ├─ freed       spent at the ceiling, and cost less
///                             └─ the rest    to be settled
/// ```
/// posted + freed ≤ spent − shrunk ≤ granted − returned, always. What is set aside of the account is `held`.
package struct CreditWindowRow: Equatable, Sendable {
    package enum State: String, Sendable {
        case open
        /// Cannot be spent any more; open again as soon as its agent is heard of.
        case expired
        /// Its agent, or one that has a copy of its disk, said that it is over; open again if it objects.
        case closed
        /// Given up; open again if its agent, still the same incarnation, is heard of after all and asks for more.
        case abandoned

        /// Whether the rest of it has gone back to the grant.
        var isOver: Bool { self == .closed || self == .abandoned }
    }

    package let grant: String
    package let incarnation: String
    package internal(set) var state: State
    package internal(set) var granted: Int64 = 0
    package internal(set) var returned: Int64 = 0
    /// Σ of the incarnation's cells that name the grant, in units of usage.
    package internal(set) var units: Int64 = 0
    /// The same, in units of the ledger: at the ceiling where that is money.
    package internal(set) var spent: Int64 = 0
    package internal(set) var posted: Int64 = 0
    package internal(set) var freed: Int64 = 0
    /// Spent, and not charged to anybody: it was reported when the window was over, or went beyond what the grant had.
    package internal(set) var shrunk: Int64 = 0
    package internal(set) var isRecalled = false
    /// Transfers that it has made.
    var entries: Int64 = 0
    var settledHour: Int64
    var openedAt: Int64
    package internal(set) var expiresAt: Int64

    init(grant: String, incarnation: String, state: State, at now: Int64) {
        self.grant = grant
        self.incarnation = incarnation
        self.state = state
        settledHour = now / 3_600
        openedAt = now
        expiresAt = now
    }

    /// What of it the grant pays.
    package var due: Int64 { spent - shrunk }
    package var settled: Int64 { posted + freed }
    /// What is set aside in the grant's account for it.
    package var held: Int64 { state.isOver ? 0 : granted - returned - settled }
    /// What its agent has and has not spent, as far as is known.
    package var idle: Int64 { granted - returned - due }

    static let columns = [
        "grant_id", "incarnation", "state", "granted", "returned", "units", "spent", "posted", "freed", "shrunk",
        "recalled",
        "entries", "settled_hour", "opened_at", "expires_at",
    ].map { "credit_window.\($0)" }.joined(separator: ", ")

    init(_ row: SQLRow) throws(StoreError) {
        grant = try row.text(0)
        incarnation = try row.text(1)
        state = State(rawValue: try row.text(2)) ?? .closed
        granted = try row.integer(3)
        returned = try row.integer(4)
        units = try row.integer(5)
        spent = try row.integer(6)
        posted = try row.integer(7)
        freed = try row.integer(8)
        shrunk = try row.integer(9)
        isRecalled = try row.integer(10) != 0
        entries = try row.integer(11)
        settledHour = try row.integer(12)
        openedAt = try row.integer(13)
        expiresAt = try row.integer(14)
    }

    /// Writes the row, new or changed, whole: its invariants hold before and behind the statement.
    func write(_ connection: any SQLConnection) throws(StoreError) {
        _ = try connection.run(
            """
            INSERT INTO credit_window (grant_id, incarnation, state, granted, returned, units, spent, posted, freed, shrunk, recalled,
                entries, settled_hour, opened_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            ON CONFLICT (grant_id, incarnation) DO UPDATE SET
                state = excluded.state, granted = excluded.granted, returned = excluded.returned, units = excluded.units,
                spent = excluded.spent, posted = excluded.posted, freed = excluded.freed, shrunk = excluded.shrunk,
                recalled = excluded.recalled, entries = excluded.entries, settled_hour = excluded.settled_hour,
                opened_at = excluded.opened_at, expires_at = excluded.expires_at
            """,
            [
                .text(grant), .text(incarnation), .text(state.rawValue), .integer(granted), .integer(returned),
                .integer(units), .integer(spent), .integer(posted), .integer(freed), .integer(shrunk),
                .integer(isRecalled ? 1 : 0), .integer(entries), .integer(settledHour), .integer(openedAt),
                .integer(expiresAt),
            ])
    }
}
