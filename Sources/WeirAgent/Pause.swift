import CLinux
import Glibc
import Synchronization

/// How a thread of the agent sleeps between its rounds, so that it can be woken when it is to stop.
final class Pause: Sendable {
    private let descriptor: Int32
    private let isEnded = Atomic(false)

    init() { descriptor = linux_eventfd() }
    deinit { close(descriptor) }

    /// Whether the thread is to stop.
    var isOver: Bool { isEnded.load(ordering: .acquiring) }

    /// Wakes the thread for the last time. From any thread.
    func end() {
        isEnded.store(true, ordering: .releasing)
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Waits until a descriptor is readable, or until the end; for so long at most, -1 for ever.
    func wait(for readable: Int32, milliseconds: Int = -1) {
        linux_wait_for_either(descriptor, readable, Int32(milliseconds))
    }

    /// Sleeps for so long, or until the end.
    func sleep(milliseconds: Int) {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&poller, 1, Int32(milliseconds))
    }
}
