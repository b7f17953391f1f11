import CLinux
import Glibc
import Synchronization

/// Stands between agents and their store at a Unix socket, and does to what passes what a bad network does: it delays, loses
/// answers to calls that were run, and delivers calls twice, or late.
///
/// On a thread of its own, so that it works while the load sleeps.
final class FaultProxy: Sendable {
    private let state: State

    /// What both threads touch.
    private final class State: Sendable {
        let mode = Mutex(ProxyMode.clear)
        let isStopping = Atomic(false)
        /// Calls that were delivered a second time, and connections whose answers were lost.
        let repeated = Atomic(0)
        let silenced = Atomic(0)
    }

    /// - Parameters:
    ///   - socket: where agents find it.
    ///   - store: the socket of the store.
    init(_ socket: String, store: String) throws(BenchFailure) {
        let listener = linux_unix_socket()
        guard listener >= 0, linux_bind_unix(listener, socket) == 0, listen(listener, 128) == 0 else {
            throw BenchFailure("cannot listen on \(socket): \(reason())")
        }
        let state = State()
        self.state = state
        var thread = pthread_t()
        let start = Start(listener: listener, store: store, state: state)
        let failure = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                FaultProxy.serve(start)
                return nil
            }, Unmanaged.passRetained(start).toOpaque())
        guard failure == 0 else { throw BenchFailure("cannot start a thread: \(String(cString: strerror(failure)))") }
        pthread_detach(thread)
    }

    private final class Start: Sendable {
        let listener: Int32
        let store: String
        let state: State
        init(listener: Int32, store: String, state: State) {
            self.listener = listener
            self.store = store
            self.state = state
        }
    }

    deinit { state.isStopping.store(true, ordering: .releasing) }

    func become(_ mode: ProxyMode) { state.mode.withLock { $0 = mode } }

    var repeated: Int { state.repeated.load(ordering: .relaxed) }
    var silenced: Int { state.silenced.load(ordering: .relaxed) }

    // MARK: The thread

    private static func serve(_ start: Start) {
        var links: [ProxyLink] = []
        defer {
            for index in links.indices { links[index].close() }
            close(start.listener)
        }
        while !start.state.isStopping.load(ordering: .acquiring) {
            let mode = start.state.mode.withLock { $0 }
            while let link = ProxyLink(accepting: start.listener, store: start.store) { links.append(link) }
            var waits =
                links.flatMap {
                    [
                        pollfd(fd: $0.agent, events: Int16(POLLIN), revents: 0),
                        pollfd(fd: $0.store, events: Int16(POLLIN), revents: 0),
                    ]
                } + [pollfd(fd: start.listener, events: Int16(POLLIN), revents: 0)]
            _ = poll(&waits, nfds_t(waits.count), 2)
            let now = linux_monotonic_nanoseconds()
            for index in links.indices {
                let tally = links[index].pass(mode, now)
                start.state.repeated.add(tally.repeated, ordering: .relaxed)
                start.state.silenced.add(tally.silenced, ordering: .relaxed)
            }
            links.removeAll { link in
                if link.isOver { link.close() }
                return link.isOver
            }
        }
    }
}
