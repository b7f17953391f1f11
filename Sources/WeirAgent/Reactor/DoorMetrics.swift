import Glibc
package import Synchronization

/// What the reactor counts, read by whoever shows it.
package final class DoorMetrics: Sendable {
    package let accepted = Atomic<UInt64>(0)
    package let open = Atomic<UInt64>(0)
    /// Connections that can be open.
    package let maximum = Atomic<UInt64>(0)
    package let requests = Atomic<UInt64>(0)
    package let reports = Atomic<UInt64>(0)
    package let unknownPaths = Atomic<UInt64>(0)
    package let unknownMessages = Atomic<UInt64>(0)
    /// Turns that ended with requests left.
    package let yields = Atomic<UInt64>(0)
    /// Times that a socket did not take all answers of a turn.
    package let stalls = Atomic<UInt64>(0)
    /// What became of lines of access logs.
    package let lines = LineMetrics()
    private let troubles = Trouble.allCases.map { _ in TroubleCounter() }

    package init() {}

    package subscript(trouble: Trouble) -> TroubleCounter { troubles[trouble.rawValue] }

    func add(_ tally: DoorTally, of user: uid_t?) {
        requests.wrappingAdd(UInt64(tally.requests), ordering: .relaxed)
        if tally.reports > 0 { reports.wrappingAdd(UInt64(tally.reports), ordering: .relaxed) }
        if tally.unknownPaths > 0 { unknownPaths.wrappingAdd(UInt64(tally.unknownPaths), ordering: .relaxed) }
        if tally.unknownMessages > 0 {
            unknownMessages.wrappingAdd(UInt64(tally.unknownMessages), ordering: .relaxed)
        }
        if tally.malformed > 0 { self[.malformed].note(tally.malformed, user: user) }
        if tally.oversized > 0 { self[.oversized].note(tally.oversized, user: user) }
        if tally.throttledKeys > 0 { self[.tooManyNewKeys].note(tally.throttledKeys, user: user) }
    }
}
