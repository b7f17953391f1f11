import Glibc
import Synchronization

/// Whether somebody has pressed Ctrl-C: the loops look, so that servers are stopped and directories removed.
package enum Interruption {
    private static let isRequested = Atomic<Bool>(false)

    /// Takes SIGINT and SIGTERM from now on; the second one ends the process as ever.
    package static func watch() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                Interruption.isRequested.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
    }

    static func check() throws(BenchFailure) {
        if isRequested.load(ordering: .relaxed) { throw BenchFailure("interrupted") }
    }
}
