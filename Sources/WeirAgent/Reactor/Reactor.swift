import CLinux
import Glibc
import Synchronization
import WeirCore
import WeirJournal

/// One thread that serves every connection: read, decide, answer, in turns that are fair and bounded.
///
/// Raw epoll, because a check costs less than a pipeline of handlers does. A turn reads once, decides at most 64
/// requests of a connection, and writes once; the turns of connections whose bytes have come together are taken together, under one
/// hold of the limiter's lock of about as many requests. A client that does not read its answers is not read
/// from; one that sends half a request, or reads nothing, is closed at its deadline. Nothing here waits for anything
/// but epoll.
package final class Reactor: @unchecked Sendable {
    // Everything but `commands`, `wake` and the metrics is touched by the reactor's thread alone once `run` was called, in this file
    // and `Reactor+Accepting`.

    /// Bytes of the longest request that waits to be whole, and some.
    private static let longestRequestBytes = 68 * 1_024
    /// Events that are handled between two waits.
    private static let eventCount = 256
    /// Microseconds between looks at deadlines.
    private static let deadlineTick: Int64 = 50_000
    /// Requests after which the lock is let go, so that others who wait for it have their turn.
    private static let framesPerHold = 64
    /// Bytes of input and of answers beyond the largest of one connection, for the others of a batch.
    static let batchBytes = 128 * 1_024
    /// Marks an event as a listener's, or as the wake-up's.
    private static let listenerToken: UInt64 = 1 << 63
    private static let wakeToken: UInt64 = .max

    let gate: LimiterGate
    private let native: NativeDoor
    private var http: HTTPDoor
    private var spoe: SPOEDoor
    /// Bytes of one read: at most as many of the smallest frames as may be in flight, as nothing is read while whole ones wait.
    private let readBytes: Int
    let limits: ReactorLimits
    let peers: PeerList
    let metrics: DoorMetrics
    let epoll: Descriptor
    private let wake: Descriptor
    var listeners: [ListenerBox]
    var connections: [Connection?] = []
    var free: [Int] = []
    var openCount = 0
    var waitingCount = 0
    var perUser: [uid_t: Int] = [:]
    var overTCP = 0
    var silent = SilentConnections()
    private var newKeys: NewKeyAllowance
    private var queue: [(slot: Int, generation: UInt32)] = []
    var nextGeneration: UInt32 = 1
    var batch = TurnBatch()
    var waiting: WaitingChecks
    /// Whether the store has answered since those that wait were asked last.
    var hasStoreAnswered = false
    /// Has the shared store called at once, for checks that wait.
    private let callStore: (@Sendable () -> Void)?
    private let callCollector: (@Sendable () -> Void)?
    let input: UnsafeMutableRawBufferPointer
    private let output: UnsafeMutableRawBufferPointer
    /// Given up for a moment when descriptors run out, so that a connection can be accepted and closed.
    var spare: Int32
    private var lastTick: Int64 = 0
    private var drainUntil: Int64?

    struct Commands {
        var drainMicroseconds: Int64?
        var hasStoreAnswered = false
    }
    let commands = Mutex(Commands())
    /// How often `wakeUp` was followed by a turn: whoever wakes the reactor sees that it does its work.
    private let beats = Atomic<UInt64>(0)
    var beat: UInt64 { beats.load(ordering: .relaxed) }

    /// An array holds no value that cannot be copied.
    final class ListenerBox {
        let listener: Listener
        init(_ listener: consuming Listener) { self.listener = listener }
    }

    init(
        gate: LimiterGate, native: NativeDoor, limits: ReactorLimits, peers: PeerList, metrics: DoorMetrics,
        callStore: (@Sendable () -> Void)? = nil, callCollector: (@Sendable () -> Void)? = nil
    ) throws(StartError) {
        self.gate = gate
        self.native = native
        self.limits = limits
        self.peers = peers
        self.metrics = metrics
        self.callStore = callStore
        self.callCollector = callCollector
        waiting = WaitingChecks(maximum: limits.waitingChecks)
        newKeys = NewKeyAllowance(perSecond: limits.newKeysPerSecond)
        // Another seed in each run of each agent, so that clients of several do not come back together.
        let seed = native.incarnation.low
        http = HTTPDoor(requestsPerTurn: limits.framesPerTurn, seed: seed)
        spoe = SPOEDoor(
            maximumFrameBytes: native.maximumFrameBytes - SPOPFrame.lengthBytes, framesPerTurn: limits.framesPerTurn,
            seed: seed)
        readBytes = limits.inFlight * WireLimits.headerBytes
        metrics.maximum.store(UInt64(limits.connections), ordering: .relaxed)
        let (epoll, wake) = (linux_epoll_create(), linux_eventfd())
        guard epoll >= 0, wake >= 0 else { throw StartError("cannot make an epoll: \(reason())") }
        self.epoll = Descriptor(owning: epoll)
        self.wake = Descriptor(owning: wake)
        listeners = []
        input = .allocate(byteCount: Self.longestRequestBytes + readBytes + Self.batchBytes, alignment: 64)
        output = .allocate(byteCount: limits.writeBufferBytes + Self.batchBytes, alignment: 64)
        // Touched now, so that the first checks do not wait for pages.
        input.initializeMemory(as: UInt8.self, repeating: 0)
        output.initializeMemory(as: UInt8.self, repeating: 0)
        spare = -1
        openSpare()
        _ = linux_epoll_add(epoll, wake, linux_readable, Self.wakeToken)
    }

    deinit {
        input.deallocate()
        output.deallocate()
        if spare >= 0 { _ = Glibc.close(spare) }
    }

    /// Adds a socket; before `run`.
    func listen(_ listener: consuming Listener) {
        let token = Self.listenerToken | UInt64(listeners.count)
        _ = linux_epoll_add(epoll.number, listener.number, linux_readable, token)
        listeners.append(ListenerBox(listener))
    }

    /// Stops accepting, tells clients to go, serves them for so long, then `run` returns. From any thread.
    package func drain(microseconds: Int64) {
        commands.withLock { $0.drainMicroseconds = microseconds }
        wakeUp()
    }

    /// Ends the reactor's wait. From any thread.
    func wakeUp() {
        var one: UInt64 = 1
        _ = write(wake.number, &one, 8)
    }

    // MARK: The loop

    /// Serves until drained. The calling thread is the reactor's from now on.
    package func run() {
        var events = [linux_event](repeating: linux_event(), count: Self.eventCount)
        while true {
            let count = linux_epoll_wait(epoll.number, &events, Int32(events.count), timeout)
            if count < 0 { break }
            for index in 0..<Int(count) { dispatch(events[index]) }
            serveBatch()
            serveWaiting()
            serveQueue()
            if drainUntil != nil { sayFarewell() }
            let now = linux_boot_microseconds()
            if now - lastTick >= Self.deadlineTick {
                lastTick = now
                if waitingCount > 0 { closeOverdue(now) }
            }
            if let drainUntil, now >= drainUntil || openCount == 0 { break }
        }
        for slot in connections.indices { close(slot) }
        listeners = []
    }

    private var timeout: Int32 {
        if !queue.isEmpty { return 0 }
        if let deadline = waiting.deadline {
            return Int32(clamping: max(0, deadline - linux_boot_microseconds() + 999) / 1_000)
        }
        return waitingCount > 0 || drainUntil != nil ? Int32(Self.deadlineTick / 1_000) : -1
    }

    private func dispatch(_ event: linux_event) {
        if event.token == Self.wakeToken { return takeCommands() }
        if event.token & Self.listenerToken != 0 { return accept(Int(event.token & ~Self.listenerToken)) }
        let slot = Int(event.token & 0xffff_ffff)
        guard let connection = connections[slot], connection.generation == UInt32(event.token >> 32) else { return }
        if event.events & linux_writable != 0 {
            connection.flush()
            guard settle(connection, slot) else { return }
            if !connection.hasOutput { goOn(connection, slot) }
        } else if event.events & (linux_readable | linux_hangup) != 0 {
            // Who is gone waits for nothing.
            if connection.isHeld { return close(slot) }
            // Whole requests wait for their turn: it comes before the next wait, and more is read after it.
            if !connection.isQueued { receive(connection, slot) }
        }
    }

    private func takeCommands() {
        var count: UInt64 = 0
        _ = read(wake.number, &count, 8)
        beats.wrappingAdd(1, ordering: .relaxed)
        let taken = commands.withLock { commands in
            defer { commands.hasStoreAnswered = false }
            return commands
        }
        if taken.hasStoreAnswered { hasStoreAnswered = true }
        guard let drain = taken.drainMicroseconds, drainUntil == nil else { return }
        for box in listeners { box.listener.remove() }
        listeners = []
        drainUntil = linux_boot_microseconds() + drain
        let goaway = NativeDoor.goaway(graceMilliseconds: Int(drain / 1_000))
        for slot in connections.indices {
            guard let connection = connections[slot], case .native = connection.speech else { continue }
            connection.output += goaway
            connection.flush()
            _ = settle(connection, slot)
        }
    }

    /// Ends the connections of HAProxy that have nothing to be answered: it goes on with requests on those it keeps, and has no word
    /// for one that drains.
    private func sayFarewell() {
        for slot in connections.indices {
            guard let connection = connections[slot], case .spoe = connection.speech, !connection.isClosing,
                connection.held == 0, connection.input.isEmpty, !connection.hasInput
            else { continue }
            connection.output += SPOEDoor.farewell
            connection.isClosing = true
            connection.flush()
            _ = settle(connection, slot)
        }
    }

    // MARK: Turns

    private func receive(_ connection: Connection, _ slot: Int) {
        let start = place(connection)
        let waiting = connection.input.count
        let room = min(readBytes, Self.longestRequestBytes + readBytes - waiting)
        let count = recv(connection.descriptor, input.baseAddress?.advanced(by: start + waiting), room, 0)
        if count < 0 {
            if errno != EAGAIN, errno != EINTR { close(slot) }
            return
        }
        if count == 0 {
            // The client sends no more, and whole requests were answered before more was read.
            return close(slot)
        }
        connection.silentSince = nil
        batch.add(slot: slot, generation: connection.generation, byteCount: waiting + count)
    }

    /// Goes on with bytes that came before, without reading.
    private func goOn(_ connection: Connection, _ slot: Int) {
        guard !connection.input.isEmpty, !connection.isHeld else { return }
        _ = place(connection)
        batch.add(slot: slot, generation: connection.generation, byteCount: connection.input.count)
    }

    /// Puts the bytes of a connection that wait at the end of the input, serving the batch first when there is no room for what
    /// may come behind them.
    ///
    /// - Returns: where they begin.
    private func place(_ connection: Connection) -> Int {
        if batch.isFull || batch.inputEnd > Self.batchBytes { serveBatch() }
        let (start, waiting) = (batch.inputEnd, connection.input.count)
        if waiting > 0 {
            connection.input.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: input[start..<start + waiting]).copyMemory(from: $0)
            }
        }
        return start
    }

    /// The turns of all connections of the batch.
    func serveBatch() {
        var next = 0
        while next < batch.count {
            let first = next
            next = decide(from: first)
            for index in first..<next { finish(batch[index]) }
        }
        batch.clear()
    }

    /// Decides turns of the batch from `first` on, as many as one hold of the lock may have: `now` is read behind the bytes, and
    /// inside.
    ///
    /// - Returns: the first that is left.
    private func decide(from first: Int) -> Int {
        let (next, isUrgent, isCreditUrgent) = gate.withLimiter { limiter in
            let now = AgentClock.now()
            var (next, frames, written) = (first, 0, 0)
            repeat {
                var entry = batch[next]
                if let connection = connections[entry.slot], connection.generation == entry.generation {
                    let room = written..<written + limits.writeBufferBytes
                    var writer = ByteWriter(UnsafeMutableRawBufferPointer(rebasing: output[room]))
                    entry.progress = decide(connection, entry, &limiter, now, &writer, &entry.tally)
                    entry.output = written..<written + writer.count
                    batch[next] = entry
                    written += writer.count
                    frames += entry.tally.requests + entry.tally.reports + entry.tally.held
                }
                next += 1
            } while next < batch.count && frames < Self.framesPerHold && written <= Self.batchBytes
            return (next, limiter.shared.isUrgent, limiter.isCreditUrgent)
        }
        if isUrgent { callStore?() }
        if isCreditUrgent { callCollector?() }
        return next
    }

    /// Lets the connection's door answer what has come.
    private func decide(
        _ connection: Connection, _ entry: TurnBatch.Entry, _ limiter: inout Limiter, _ now: Instant,
        _ writer: inout ByteWriter, _ tally: inout DoorTally
    ) -> DoorProgress {
        let bytes = UnsafeRawBufferPointer(rebasing: input[entry.input]).bytes
        let isInTime = entry.deadline.map { now.microseconds < $0 } ?? true
        let room = isInTime ? min(waiting.room, limits.inFlight - connection.held) : 0
        let (throttledBefore, openedBefore) = (limiter.throttledKeys, limiter.openedChecks)
        // A native client holds its requests itself; other connections are web servers', and say nothing of them.
        if case .native = connection.speech { limiter.owner = entry.slot } else { limiter.owner = -1 }
        limiter.newKeyBudget = newKeys.budget(of: connection.user, now: now.microseconds)
        defer {
            newKeys.settle(left: limiter.newKeyBudget)
            tally.throttledKeys = Int(limiter.throttledKeys &- throttledBefore)
            if limiter.openedChecks != openedBefore { connection.hasOpened = true }
        }
        switch connection.speech {
        case .native:
            var held = HeldFrames(room: room)
            let progress = native.turn(bytes, &limiter, now: now, held: &held, output: &writer, tally: &tally)
            holdFrames(held, of: entry, now: now.microseconds)
            return progress
        case .http(let policy):
            let progress = http.turn(
                bytes, &connection.session, policy, &limiter, now: now, mayWait: room > 0, output: &writer,
                tally: &tally)
            if progress.next == .wait {
                holdConnection(connection, of: entry, isForCredit: limiter.waitsForCredit, now: now.microseconds)
            }
            return progress
        case .spoe(let style):
            spoe.jitterBound = style.jitter
            var held = HeldFrames(room: room)
            let progress = spoe.turn(
                bytes, &connection.spoe, &limiter, now: now, held: &held, output: &writer, tally: &tally)
            holdFrames(held, of: entry, now: now.microseconds)
            return progress
        }
    }

    /// Ends a turn: sends its answers, keeps what is left of its bytes, and says how the connection goes on.
    private func finish(_ entry: TurnBatch.Entry) {
        guard let connection = connections[entry.slot], connection.generation == entry.generation else { return }
        metrics.add(entry.tally, of: connection.user)
        if entry.progress.next == .close { connection.isClosing = true }
        send(connection, UnsafeRawBufferPointer(rebasing: output[entry.output]))
        if entry.isFrame {
            // What the connection has sent since has its own turns.
            _ = settle(connection, entry.slot)
            return
        }
        keep(connection, entry.input.lowerBound + entry.progress.consumed..<entry.input.upperBound)
        let isAnother = !entry.output.isEmpty || entry.tally.reports > 0
        guard settle(connection, entry.slot, isAnother: isAnother) else { return }
        guard entry.progress.next == .yield else { return }
        metrics.yields.wrappingAdd(1, ordering: .relaxed)
        if !connection.hasOutput, !connection.isQueued {
            connection.isQueued = true
            queue.append((entry.slot, connection.generation))
        }
    }

    /// One write of the turn's answers; what the socket does not take waits. A client that is gone has no answers, but what it
    /// had sent counts, reports above all: it is read to its end.
    private func send(_ connection: Connection, _ answers: UnsafeRawBufferPointer) {
        guard answers.count > 0, !connection.isDeaf else { return }
        var written = Glibc.send(connection.descriptor, answers.baseAddress, answers.count, Int32(MSG_NOSIGNAL))
        if written < 0 {
            guard errno == EAGAIN || errno == EINTR else {
                connection.isDeaf = true
                return
            }
            written = 0
        }
        if written < answers.count {
            metrics.stalls.wrappingAdd(1, ordering: .relaxed)
            connection.output += answers[written...]
        }
    }

    /// Keeps the bytes of a request that is not whole, or of the next turn.
    private func keep(_ connection: Connection, _ range: Range<Int>) {
        if !connection.input.isEmpty { connection.input.removeAll(keepingCapacity: true) }
        if !range.isEmpty { connection.input.append(contentsOf: input[range]) }
    }

    /// Brings deadlines and interest in line with what waits; closes what is done. False when the connection is closed.
    ///
    /// - Parameter isAnother: whether a request was answered, so that what waits now is another one, with its own time.
    private func settle(_ connection: Connection, _ slot: Int, isAnother: Bool = false) -> Bool {
        if connection.isClosing, !connection.hasOutput {
            close(slot)
            return false
        }
        if connection.hasOutput {
            if connection.outputSince == nil { connection.outputSince = linux_boot_microseconds() }
            connection.inputSince = nil
        } else {
            connection.outputSince = nil
            if connection.isHeld || connection.input.isEmpty && !connection.session.isInBody {
                connection.inputSince = nil
            } else if isAnother || connection.inputSince == nil {
                connection.inputSince = linux_boot_microseconds()
            }
        }
        if connection.isCounted != connection.isWaiting {
            connection.isCounted.toggle()
            waitingCount += connection.isCounted ? 1 : -1
        }
        let interest = connection.hasOutput ? linux_writable : connection.isHeld ? 0 : linux_readable
        if interest != connection.interest {
            connection.interest = interest
            let token = UInt64(slot) | UInt64(connection.generation) << 32
            _ = linux_epoll_modify(epoll.number, connection.descriptor, interest, token)
        }
        return true
    }

    /// One turn for each connection that has whole requests left: round robin.
    private func serveQueue() {
        guard !queue.isEmpty else { return }
        let ready = queue
        queue.removeAll(keepingCapacity: true)
        for (slot, generation) in ready {
            guard let connection = connections[slot], connection.generation == generation else { continue }
            connection.isQueued = false
            if !connection.hasOutput { goOn(connection, slot) }
        }
        serveBatch()
    }

    // MARK: Closing

    private func closeOverdue(_ now: Int64) {
        for slot in connections.indices {
            guard let connection = connections[slot], connection.isWaiting else { continue }
            if let since = connection.outputSince, now - since >= limits.writeDeadline {
                metrics[.slowReader].note(user: connection.user)
                close(slot)
            } else if let since = connection.inputSince, now - since >= limits.frameDeadline {
                metrics[.slowRequest].note(user: connection.user)
                expire(connection, slot)
            } else if let since = connection.silentSince, now - since >= limits.helloDeadline {
                metrics[.silent].note(user: connection.user)
                expire(connection, slot)
            }
        }
    }

    /// Tells a client that its request was not whole in time.
    func expire(_ connection: Connection, _ slot: Int) {
        switch connection.speech {
        case .native:
            connection.output += NativeDoor.refusal(WireError(.timeout, field: "frame", offset: connection.input.count))
        case .http:
            // Who has asked nothing takes an answer for that to the next question.
            if connection.silentSince == nil { connection.output += HTTPDoor.timeout }
        case .spoe: connection.output += SPOEDoor.refusal(SPOPError(.timeout, "expected a whole frame in time"))
        }
        connection.flush()
        close(slot)
    }

    func close(_ slot: Int) {
        guard let connection = connections[slot] else { return }
        if connection.isCounted { waitingCount -= 1 }
        if connection.hasOpened { gate.withLimiter { $0.closed(owner: slot, now: AgentClock.now()) } }
        if let user = connection.user {
            perUser[user, default: 1] -= 1
            if perUser[user] == 0 { perUser[user] = nil }
        } else {
            overTCP -= 1
        }
        Glibc.close(connection.descriptor)
        openSpare()
        connections[slot] = nil
        free.append(slot)
        openCount -= 1
        metrics.open.store(UInt64(openCount), ordering: .relaxed)
    }
}
