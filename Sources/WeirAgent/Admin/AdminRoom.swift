import NIOCore
import Synchronization

/// How many connections the admin endpoint serves at once. One more is closed without a word: whoever scrapes comes again, and the
/// files are the journal's.
final class AdminRoom: Sendable {
    private let maximum: Int
    private let doors: DoorMetrics
    private let open = Atomic<Int>(0)

    init(maximum: Int, doors: DoorMetrics) {
        self.maximum = maximum
        self.doors = doors
    }

    struct Full: Error {}

    /// Takes a place, which is free again when the channel closes.
    ///
    /// - Throws: `Full`; then the channel is closed by whoever has accepted it.
    func enter(_ channel: any Channel) throws(Full) {
        guard open.wrappingAdd(1, ordering: .relaxed).newValue <= maximum else {
            open.wrappingSubtract(1, ordering: .relaxed)
            doors[.tooManyAdminConnections].note(user: nil)
            throw Full()
        }
        channel.closeFuture.whenComplete { _ in self.open.wrappingSubtract(1, ordering: .relaxed) }
    }
}
