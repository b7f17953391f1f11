package import Glibc
import Synchronization

/// How often one kind of trouble happened, and with whom last.
package final class TroubleCounter: Sendable {
    private let count = Atomic<UInt64>(0)
    /// The user, plus 1; 0 where nobody is known.
    private let user = Atomic<UInt64>(0)

    package init() {}

    package var value: UInt64 { count.load(ordering: .relaxed) }

    package var lastUser: uid_t? {
        let user = user.load(ordering: .relaxed)
        return user == 0 ? nil : uid_t(truncatingIfNeeded: user - 1)
    }

    package func note(_ number: Int = 1, user: uid_t?) {
        guard number > 0 else { return }
        self.user.store(user.map { UInt64($0) + 1 } ?? 0, ordering: .relaxed)
        count.wrappingAdd(UInt64(number), ordering: .relaxed)
    }
}
