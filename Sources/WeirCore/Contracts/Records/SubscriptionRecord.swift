/// A consumer's subscription to a plan, in one of its periods.
package struct SubscriptionRecord: Equatable, Sendable {
    package enum State: String, Sendable, CaseIterable, BitwiseCopyable { case active, paused, ended, overdue }

    /// A period that follows, known before it begins: from its first second on it is the one that runs.
    package struct Next: Equatable, Sendable {
        package var period: UInt32
        /// Its first second, in seconds since 1970.
        package var from: Int64
        package var plan: RecordID
        /// What it may call, at least one.
        package var products: [RecordID]

        package init(period: UInt32, from: Int64, plan: RecordID, products: [RecordID]) {
            self.period = period
            self.from = from
            self.plan = plan
            self.products = products
        }
    }

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
    /// Nil while nothing is known of it.
    package var next: Next?

    package init(
        id: RecordID, consumer: RecordID, plan: RecordID, period: UInt32, products: [RecordID], state: State,
        from: Int64, until: Int64?, next: Next? = nil
    ) {
        self.id = id
        self.consumer = consumer
        self.plan = plan
        self.period = period
        self.products = products
        self.state = state
        self.from = from
        self.until = until
        self.next = next
    }

    /// `sub_…/7`: a subscription in a period.
    package var contract: String { contract(period) }

    func contract(_ period: UInt32) -> String { "\(id.text(RecordID.subscription))/\(period)" }
}
