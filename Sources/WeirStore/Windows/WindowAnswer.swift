/// What the store says of one window; cumulative, as the ask was.
package struct WindowAnswer: Equatable, Sendable {
    package enum State: String, Sendable {
        /// There is more, now or as soon as others have given back what they do not use.
        case open
        /// All of the grant is used or lent to agents that use it.
        case empty
        /// Nothing will come any more, and nothing may be spent: the grant has ended or does not exist, or the window is over.
        case closed
    }

    package let grant: String
    /// In all: agent and store keep the larger of theirs and the other's.
    package let granted: Int64
    package let returned: Int64
    /// For how long it may be spent, counted from when the ask was sent.
    package let seconds: Int64
    /// Whether somebody else waits for what this agent does not use.
    package let recall: Bool
    package let state: State

    package init(
        grant: String, granted: Int64, returned: Int64, seconds: Int64, recall: Bool, state: State
    ) {
        self.grant = grant
        self.granted = granted
        self.returned = returned
        self.seconds = seconds
        self.recall = recall
        self.state = state
    }
}

extension WindowAnswer {
    /// What is said of a grant that there is not, for who asks.
    static func closed(_ ask: WindowAsk) -> WindowAnswer {
        WindowAnswer(
            grant: ask.grant, granted: ask.granted, returned: ask.returned, seconds: 0, recall: false, state: .closed)
    }
}
