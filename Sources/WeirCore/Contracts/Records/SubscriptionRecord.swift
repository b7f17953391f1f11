/// A consumer's subscription to a plan, in one of its periods.
package struct SubscriptionRecord: Equatable, Sendable {
    package enum State: String, Sendable, CaseIterable { case active, paused, ended, overdue }

    package var id: RecordID
    package var consumer: RecordID
    package var plan: RecordID
    /// The number of the period; with the id it is the contract that usage is counted under.
    package var period: UInt32
    /// What it may call, at least one.
    package var products: [RecordID]
    package var state: State
    /// Seconds since 1970 from which on it holds, and until when; nil for no end.
    package var from: Int64
    package var until: Int64?

    package init(
        id: RecordID, consumer: RecordID, plan: RecordID, period: UInt32, products: [RecordID], state: State,
        from: Int64, until: Int64?
    ) {
        self.id = id
        self.consumer = consumer
        self.plan = plan
        self.period = period
        self.products = products
        self.state = state
        self.from = from
        self.until = until
    }

    /// `sub_…/7`: a subscription in a period.
    package var contract: String { "\(id.text(RecordID.subscription))/\(period)" }
}
