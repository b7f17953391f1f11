package import WeirCore

/// What the collector was told of how complete usage is, and what may be told: invoices are closed by it.
///
/// An hour is promised when the journal has closed it, so that no cell of it changes any more, and every final segment that there was
/// then is acknowledged. A run that came before is over when all that it left was taken over and is acknowledged.
package struct UsagePromises {
    /// What is said of a run that will never count again.
    package static let over = "over"

    /// Hours before it are delivered for good; 0: none is known to be.
    private var complete: UInt32 = 0
    /// What was said last; nil while this run was not heard of.
    private var said: String??
    private var endedRuns: Set<Hash128> = []
    /// Whether every earlier run that is known of was said to be over.
    package private(set) var hasEndedOthers = false

    package init() {}

    /// What is said beside a batch: an instant in seconds since 1970, nothing before which changes any more; nil for nothing.
    package var header: String? { complete > 0 ? "\(UInt64(complete) * 3_600)" : nil }

    /// Whether there is something that no batch has said.
    package var hasNews: Bool { said != .some(header) }

    /// Every segment that there was when hours before one were closed is acknowledged.
    package mutating func delivered(before hour: UInt32) { complete = max(complete, hour) }

    package mutating func told(_ promise: String?) { said = .some(promise) }

    package func isToEnd(_ run: Hash128) -> Bool { !endedRuns.contains(run) }
    package mutating func ended(_ run: Hash128) { endedRuns.insert(run) }
    package mutating func endedOthers() { hasEndedOthers = true }

    /// A segment of another run was delivered: it may be one that nobody has ended.
    package mutating func heardOfOthers() { hasEndedOthers = false }

    /// The collector has forgotten: nothing holds until everything was sent again.
    package mutating func forget() { self = UsagePromises() }
}
