/// Units or money that a subscription may draw on.
package struct GrantRecord: Equatable, Sendable {
    package enum State: String, Sendable, CaseIterable, BitwiseCopyable { case open, empty, closed }

    package var id: RecordID
    package var subscription: RecordID
    /// A meter's code, or `money:` and a currency.
    package var unit: String
    /// Lower ones are drawn first; then what ends first, what is older, and the id decide.
    package var priority: Int64
    /// Seconds since 1970; nil for no end.
    package var created: Int64
    package var until: Int64?
    package var state: State
    /// Of money: the code of the one meter that it pays for; empty for any.
    package var scope: String
    /// Seconds since 1970 from which on it may be drawn on; 0 for what was there when it was made.
    package var from: Int64

    /// What `unit` begins with where it is money.
    package static let moneyPrefix = "money:"

    package var isMoney: Bool { unit.hasPrefix(Self.moneyPrefix) }

    package init(
        id: RecordID, subscription: RecordID, unit: String, priority: Int64, created: Int64, until: Int64?,
        state: State, scope: String = "", from: Int64 = 0
    ) {
        self.id = id
        self.subscription = subscription
        self.unit = unit
        self.priority = priority
        self.created = created
        self.until = until
        self.state = state
        self.scope = scope
        self.from = from
    }
}
