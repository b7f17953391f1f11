import WeirCore

/// What the journal has to say; whoever owns it writes logs and metrics.
package enum JournalEvent: Equatable, Sendable {
    /// Sealing works again, or for the first time.
    case sealing
    /// Nothing can be sealed: usage lives in the hot table only. The agent goes on, and the journal tries again.
    case notSealing(SystemError)
    /// A sync or write failed; everything is in a new segment now.
    case segmentGivenUp(SystemError)
    /// What other incarnations left cannot be taken over now; it stays where it is until the next attempt.
    case notRecovering(SystemError)
    /// A file that another incarnation left cannot be read now; likewise. The others are taken over.
    case unreadable(file: String, SystemError)
    /// A file that is not what was written was put aside.
    case quarantined(file: String)
    /// What other incarnations left is safe.
    case recovered(incarnations: Int, cells: Int, calls: UInt64)
    /// Part of what another incarnation left was not what was written.
    case damaged(file: String, parts: Int, tornBytes: Int)
    /// A file of another version or byte order was left alone.
    case foreign(file: String)
    /// An hour's totals are final and on disk.
    case finalised(before: UInt32, cells: Int)
    /// Final segments that the collector has not taken exceed their maximum, or no longer do. Meanwhile new keys count
    /// as `other`.
    case crowded(Bool, bytes: Int)
    /// The wall clock jumped; hours are not closed until it has shown that it means it.
    case clockStep(seconds: Int64)
}
