import CLinux
import Glibc
import WeirCore

/// Makes the requests of a proof when they are due, whatever becomes of those before, and the moves of its fault between them.
///
/// One thread, which sleeps a millisecond at a time: agents, store and load share the machine's processors.
struct DemandDriver {
    private let arrivals: [Arrival]
    private let frames: [[UInt8]]
    private var connections: [DriverConnection]
    private let epoll: Int32
    private(set) var outcomes: [CheckOutcome]
    /// Nanoseconds of the monotonic clock.
    private(set) var startedAt: Int64 = 0

    /// How long answers may take that are missing at the end, in nanoseconds.
    private static let drain: Int64 = 500_000_000

    /// - Parameters:
    ///   - sockets: the agents', by their numbers.
    ///   - frames: a check for each key, of any id.
    init(_ arrivals: [Arrival], sockets: [String], frames: [[UInt8]]) {
        self.arrivals = arrivals
        self.frames = frames
        connections = sockets.map { DriverConnection($0) }
        outcomes = Array(repeating: CheckOutcome(), count: arrivals.count)
        epoll = linux_epoll_create()
    }

    /// Runs the load to its end.
    ///
    /// - Parameter meanwhile: is given the microseconds since the start, often.
    mutating func run(_ meanwhile: (Int64) throws(BenchFailure) -> Void) throws(BenchFailure) {
        defer { end() }
        startedAt = linux_monotonic_nanoseconds()
        var now = startedAt
        var next = 0
        var lastDue = startedAt
        while next < arrivals.count || now - lastDue < Self.drain && isWaiting(before: next) {
            try Interruption.check()
            try meanwhile((now - startedAt) / 1_000)
            connect(now)
            while next < arrivals.count, startedAt + arrivals[next].at * 1_000 <= now {
                send(next, now)
                next += 1
                lastDue = now
            }
            try receive()
            now = linux_monotonic_nanoseconds()
        }
    }

    private mutating func end() {
        for index in connections.indices { connections[index].close() }
        Glibc.close(epoll)
    }

    private func isWaiting(before end: Int) -> Bool {
        outcomes[..<end].contains { $0.sentAt != 0 && $0.answeredAt == 0 }
    }

    private mutating func connect(_ now: Int64) {
        for index in connections.indices where !connections[index].isOpen {
            if connections[index].open(now) {
                _ = linux_epoll_add(epoll, connections[index].descriptor, linux_readable, UInt64(index))
            }
        }
    }

    private mutating func send(_ number: Int, _ now: Int64) {
        let agent = Int(arrivals[number].agent)
        guard connections[agent].isOpen else { return }
        var frame = frames[Int(arrivals[number].key)]
        frame.withUnsafeMutableBytes {
            $0.storeBytes(of: UInt64(number).littleEndian, toByteOffset: 8, as: UInt64.self)
        }
        outcomes[number].sentAt = max(1, now)
        connections[agent].send(frame)
    }

    private mutating func receive() throws(BenchFailure) {
        for index in connections.indices where connections[index].hasUnsent { connections[index].flush() }
        var events = [linux_event](repeating: linux_event(), count: 64)
        let count = linux_epoll_wait(epoll, &events, 64, 1)
        guard count >= 0 else { throw BenchFailure("cannot wait: \(reason())") }
        let now = linux_monotonic_nanoseconds()
        for event in events[..<Int(count)] {
            let index = Int(event.token)
            guard connections[index].isOpen else { continue }
            connections[index].receive { id, verdict, reason, state in
                guard id < UInt64(outcomes.count) else { return }
                outcomes[Int(id)].answeredAt = now
                outcomes[Int(id)].verdict = Verdict(rawValue: verdict) ?? .error
                outcomes[Int(id)].reason = Reason(rawValue: reason) ?? .other
                outcomes[Int(id)].state = DecisionState(rawValue: state) ?? .unknown
            }
        }
    }
}
