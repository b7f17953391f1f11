import CLinux
import Glibc

/// The connections of a load on one epoll, driven by one thread: what closed and open loops share.
///
/// It must be cheaper than what it measures: one read and one write for each event, no allocation, buffers that all
/// connections share.
struct LoadEngine: ~Copyable {
    /// A book, and how many connections send from it with how many requests unanswered.
    struct Part {
        let book: RequestBook
        let shape: LoadShape
    }

    private static let eventCount = 256
    private static let readBytes = 64 * 1_024
    /// Nothing for so long is a server that is gone.
    static let patience: Int64 = 10_000_000_000

    private let endpoint: Endpoint
    private let epoll: Int32
    private let books: [RequestBook]
    private let connections: UnsafeMutableBufferPointer<LoadConnection>
    /// Room for a rest and a read.
    private let input: UnsafeMutableRawPointer
    /// Room for as many requests as a connection may have unanswered.
    private let output: UnsafeMutableRawPointer
    private var outputBytes = 0
    private let events: UnsafeMutableBufferPointer<linux_event>
    private var sequence: UInt64 = 0
    private(set) var answers: UInt64 = 0
    /// Answers that did not let their request pass.
    private(set) var refusals: UInt64 = 0

    init(_ endpoint: Endpoint, _ parts: [Part]) throws(BenchFailure) {
        let sockets = try Self.connect(endpoint, parts)
        self.endpoint = endpoint
        books = parts.map(\.book)
        epoll = linux_epoll_create()
        connections = .allocate(capacity: sockets.count)
        input = .allocate(byteCount: Answer.maximumBytes + Self.readBytes, alignment: 64)
        output = .allocate(
            byteCount: parts.reduce(0) { max($0, $1.book.requestBytes * $1.shape.inFlight) }, alignment: 64)
        events = .allocate(capacity: Self.eventCount)
        events.initialize(repeating: linux_event())
        for (slot, socket) in sockets.enumerated() {
            let inFlight = parts[socket.part].shape.inFlight
            connections.initializeElement(
                at: slot, to: LoadConnection(descriptor: socket.descriptor, book: socket.part, inFlight: inFlight))
            _ = linux_epoll_add(epoll, socket.descriptor, linux_readable, UInt64(slot))
        }
    }

    /// The sockets of all parts, in their order; none when one of them fails.
    private static func connect(
        _ endpoint: Endpoint, _ parts: [Part]
    ) throws(BenchFailure) -> [(descriptor: Int32, part: Int)] {
        var sockets: [(descriptor: Int32, part: Int)] = []
        do throws(BenchFailure) {
            for (number, part) in parts.enumerated() {
                for _ in 0..<part.shape.connections { sockets.append((try endpoint.connect(), number)) }
            }
        } catch {
            for socket in sockets { close(socket.descriptor) }
            throw error
        }
        return sockets
    }

    deinit {
        for connection in connections { connection.close() }
        connections.deinitialize()
        connections.deallocate()
        Glibc.close(epoll)
        input.deallocate()
        output.deallocate()
        events.deallocate()
    }

    // MARK: Sending

    @inline(__always)
    func hasRoom(_ slot: Int) -> Bool { connections[slot].hasRoom && connections[slot].unsent.isEmpty }

    /// Puts the next request of a connection's book with those that `send` sends.
    ///
    /// - Parameter time: what the request is measured from.
    @inline(__always)
    mutating func begin(_ slot: Int, at time: Int64) {
        let id = connections[slot].begin(time)
        write(slot, number: sequence, id: id)
        sequence &+= 1
    }

    @inline(__always)
    private mutating func write(_ slot: Int, number: UInt64, id: UInt64) {
        let book = connections[slot].book
        books[book].write(number, id: id, to: output + outputBytes)
        outputBytes &+= books[book].requestBytes
    }

    /// Sends what was begun on a connection, in one write.
    mutating func send(_ slot: Int) throws(BenchFailure) {
        guard outputBytes > 0 else { return }
        defer { outputBytes = 0 }
        guard connections[slot].unsent.isEmpty else {
            connections[slot].unsent += UnsafeRawBufferPointer(start: output, count: outputBytes)
            return
        }
        var sent = Glibc.send(connections[slot].descriptor, output, outputBytes, Int32(MSG_NOSIGNAL))
        if sent < 0 {
            guard errno == EAGAIN else { throw lost() }
            sent = 0
        }
        if sent < outputBytes {
            connections[slot].unsent += UnsafeRawBufferPointer(start: output + sent, count: outputBytes - sent)
            register(slot)
        }
    }

    private func register(_ slot: Int) {
        let interest = connections[slot].unsent.isEmpty ? linux_readable : linux_readable | linux_writable
        _ = linux_epoll_modify(epoll, connections[slot].descriptor, interest, UInt64(slot))
    }

    private func sendRest(_ slot: Int) throws(BenchFailure) {
        guard !connections[slot].unsent.isEmpty else { return }
        let sent = connections[slot].unsent.withUnsafeBytes {
            Glibc.send(connections[slot].descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if sent < 0 {
            guard errno == EAGAIN else { throw lost() }
            return
        }
        connections[slot].unsent.removeFirst(sent)
        register(slot)
    }

    /// Hands out when each request that is under way on a part's connections began.
    func forEachWaiting(book: Int, _ body: (_ began: Int64) -> Void) {
        for connection in connections where connection.book == book { connection.forEachWaiting(body) }
    }

    // MARK: Receiving

    /// Waits for answers; returns how many connections have some.
    mutating func wait(milliseconds: Int32) throws(BenchFailure) -> Int {
        let count = linux_epoll_wait(epoll, events.baseAddress, Int32(Self.eventCount), milliseconds)
        guard count >= 0 else { throw BenchFailure("cannot wait: \(reason())") }
        return Int(count)
    }

    /// Takes what has come on the connection of an event.
    ///
    /// - Parameter took: is given when each answered request began, in nanoseconds, and the number of its book.
    /// - Returns: the connection's slot, and how many of its requests were answered.
    @inline(__always)
    mutating func receive(
        _ event: Int, _ took: (_ began: Int64, _ book: Int) -> Void
    ) throws(BenchFailure) -> (slot: Int, answers: Int) {
        let slot = Int(events[event].token)
        if events[event].events & linux_writable != 0 { try sendRest(slot) }
        guard events[event].events & (linux_readable | linux_hangup) != 0 else { return (slot, 0) }
        let waiting = connections[slot].rest.count
        if waiting > 0 {
            connections[slot].rest.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(start: input, count: waiting).copyMemory(from: $0)
            }
            connections[slot].rest.removeAll(keepingCapacity: true)
        }
        let received = recv(connections[slot].descriptor, input + waiting, Self.readBytes, 0)
        guard received > 0 else {
            if received < 0, errno == EAGAIN { return (slot, 0) }
            throw lost()
        }
        return (slot, try take(slot, byteCount: waiting + received, took))
    }

    @inline(__always)
    private mutating func take(
        _ slot: Int, byteCount: Int, _ took: (_ began: Int64, _ book: Int) -> Void
    ) throws(BenchFailure) -> Int {
        let book = connections[slot].book
        let speech = books[book].speech
        var offset = 0
        var count = 0
        while offset < byteCount {
            let bytes = UnsafeRawBufferPointer(start: input + offset, count: byteCount - offset)
            guard let answer = try Answer(speech, in: bytes) else {
                guard bytes.count < Answer.maximumBytes else {
                    throw BenchFailure("\(endpoint): an answer without end")
                }
                connections[slot].rest.append(contentsOf: bytes)
                break
            }
            guard let began = connections[slot].end(answer, speech) else {
                throw BenchFailure("\(endpoint) answered what was not asked")
            }
            took(began, book)
            if !answer.isAllowed { refusals &+= 1 }
            offset &+= answer.byteCount
            count &+= 1
        }
        answers &+= UInt64(count)
        return count
    }

    private func lost() -> BenchFailure { BenchFailure("\(endpoint) closed the connection: \(reason())") }
}
