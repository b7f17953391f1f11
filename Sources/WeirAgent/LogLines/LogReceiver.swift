import CLinux
import Glibc
import WeirCore

/// Takes lines of access logs from their socket and counts them: the work of one thread, so that reading them delays no check.
///
/// Datagrams are taken from the kernel first, as it keeps few; those that find no room are dropped and counted, so that no server ever
/// waits for the agent. Lines are read without the limiter's lock, and counted under it 64 at a time.
final class LogReceiver {
    /// Bytes of the longest line.
    static let maximumLine = Int(UInt16.max)
    /// Datagrams of one system call, and calls before lines are counted.
    private static let batch = 32
    private static let batchesPerRound = 16
    /// Lines that are counted in one hold of the limiter's lock, and holds before datagrams are taken again.
    private static let linesPerHold = 64
    private static let holdsPerRound = 4

    private let descriptor: Int32
    private let peers: PeerList
    private let gate: LimiterGate
    private let metrics: DoorMetrics
    private var queue: LogQueue
    private var allowance: NewKeyAllowance
    private var datagrams: [linux_datagram]
    private let places: UnsafeMutableRawBufferPointer
    /// The beginning of the line that is read.
    private let head = UnsafeMutableRawBufferPointer.allocate(byteCount: LogQuote.maximumBytes + 1, alignment: 1)
    /// Lines of one hold, and where each lies.
    private var lines: [(line: LogLine, place: LogQueue.Line)] = []

    init(
        descriptor: Int32, room: Int, peers: PeerList, newKeysPerSecond: Int, gate: LimiterGate, metrics: DoorMetrics
    ) {
        self.descriptor = descriptor
        self.peers = peers
        self.gate = gate
        self.metrics = metrics
        queue = LogQueue(bytes: room)
        allowance = NewKeyAllowance(perSecond: newKeysPerSecond)
        // One byte more: a line that fills it is too long.
        let size = Self.maximumLine + 1
        places = .allocate(byteCount: Self.batch * size, alignment: 64)
        let places = places
        datagrams = (0..<Self.batch).map { index in
            linux_datagram(
                bytes: places.baseAddress.map { $0 + index * size }, capacity: size, count: 0, is_truncated: 0,
                user: 0, group: 0)
        }
        lines.reserveCapacity(Self.linesPerHold)
    }

    deinit {
        places.deallocate()
        head.deallocate()
    }

    /// Takes what has come and counts a part of it.
    ///
    /// - Returns: whether nothing is left to count.
    func round() -> Bool {
        for _ in 0..<Self.batchesPerRound where !receive() { break }
        for _ in 0..<Self.holdsPerRound where !queue.isEmpty { count() }
        return queue.isEmpty
    }

    /// Whether there may be more.
    private func receive() -> Bool {
        let received = linux_receive_datagrams(descriptor, &datagrams, Int32(Self.batch))
        guard received > 0 else { return false }
        for datagram in datagrams[..<Int(received)] { take(datagram) }
        return received == Self.batch
    }

    private func take(_ datagram: linux_datagram) {
        guard peers.allows(user: datagram.user, group: datagram.group) else {
            return metrics[.lineNotAllowed].note(user: datagram.user)
        }
        let bytes = UnsafeRawBufferPointer(start: datagram.bytes, count: datagram.count)
        guard datagram.is_truncated == 0, datagram.count <= Self.maximumLine else {
            return refuse(LogFlaw("at most 65535 bytes", at: Self.maximumLine), bytes, datagram.user)
        }
        if !queue.append(bytes, user: datagram.user) { metrics[.lineDropped].note(user: datagram.user) }
    }

    private func refuse(_ flaw: LogFlaw, _ bytes: UnsafeRawBufferPointer, _ user: uid_t) {
        metrics.lines.note(flaw: flaw, of: bytes)
        metrics[.malformedLine].note(user: user)
    }

    /// Reads lines, and counts them in one hold.
    private func count() {
        lines.removeAll(keepingCapacity: true)
        while lines.count < Self.linesPerHold, let place = queue.next() {
            queue.withBytes(place) { bytes in
                // Reading changes it, and a quote shows what came.
                let shown = min(bytes.count, head.count)
                head.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<shown]))
                do throws(LogFlaw) {
                    lines.append((try LogLineReader.read(bytes), place))
                } catch {
                    refuse(error, UnsafeRawBufferPointer(rebasing: head[..<shown]), place.user)
                }
            }
        }
        if !lines.isEmpty { gate.withLimiter { count(&$0) } }
        queue.free()
    }

    private func count(_ limiter: inout Limiter) {
        let now = AgentClock.now()
        limiter.owner = -1
        for (line, place) in lines {
            limiter.newKeyBudget = allowance.budget(of: place.user, now: now.microseconds)
            let throttled = limiter.throttledKeys
            let outcome = queue.withBytes(place) { bytes in
                LogDoor.count(line, in: UnsafeRawBufferPointer(bytes).bytes, &limiter, now: now)
            }
            allowance.settle(left: limiter.newKeyBudget)
            metrics[.tooManyNewKeys].note(Int(limiter.throttledKeys &- throttled), user: place.user)
            metrics.lines.note(outcome)
        }
        limiter.newKeyBudget = .max
    }
}
