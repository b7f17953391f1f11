package import Synchronization

/// What the reactor counts, read by whoever shows it.
package final class DoorMetrics: Sendable {
    package let accepted = Atomic<UInt64>(0)
    package let open = Atomic<UInt64>(0)
    /// Connections that were refused: too many, of one user too many, not allowed.
    package let refused = Atomic<UInt64>(0)
    package let requests = Atomic<UInt64>(0)
    package let reports = Atomic<UInt64>(0)
    package let malformed = Atomic<UInt64>(0)
    package let unknownPaths = Atomic<UInt64>(0)
    /// Connections closed because a frame was not whole in time.
    package let deadlines = Atomic<UInt64>(0)
    /// Connections closed because their answers were not read in time.
    package let slowReaders = Atomic<UInt64>(0)

    package init() {}

    func add(_ tally: DoorTally) {
        requests.wrappingAdd(UInt64(tally.requests), ordering: .relaxed)
        if tally.reports > 0 { reports.wrappingAdd(UInt64(tally.reports), ordering: .relaxed) }
        if tally.malformed > 0 { malformed.wrappingAdd(UInt64(tally.malformed), ordering: .relaxed) }
        if tally.unknownPaths > 0 { unknownPaths.wrappingAdd(UInt64(tally.unknownPaths), ordering: .relaxed) }
    }
}
