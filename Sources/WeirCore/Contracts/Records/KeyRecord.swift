/// An API key: whose it is, and what stands for its text.
package struct KeyRecord: Equatable, Sendable {
    package enum State: String, Sendable, CaseIterable { case active, revoked }

    package var id: RecordID
    package var consumer: RecordID
    /// The one subscription that it is for; nil for any of the consumer.
    package var subscription: RecordID?
    package var digest: KeyDigest
    package var state: State
    /// Seconds since 1970 from which on it holds, and until when; nil for no end.
    package var from: Int64
    package var until: Int64?

    package init(
        id: RecordID, consumer: RecordID, subscription: RecordID?, digest: KeyDigest, state: State, from: Int64,
        until: Int64?
    ) {
        self.id = id
        self.consumer = consumer
        self.subscription = subscription
        self.digest = digest
        self.state = state
        self.from = from
        self.until = until
    }
}
