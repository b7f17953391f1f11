import Logging
import NIOCore
import NIOPosix
import Synchronization
import WeirCore
import WeirRedis

/// Carries what the limiter has to say to the shared store there, and the answers back.
///
/// It lives on the store's loop: a check that waits has it called at once, else it looks every few milliseconds for leases that run
/// dry, are not wanted any more, or have had no answer. All calls of one look leave together. It never waits for the store, and holds
/// the limiter's lock only to take requests out and to put answers in.
final class Exchange: @unchecked Sendable {
    // Everything but `wake` and the scheduling flag, which are any thread's, is touched on the loop alone.

    /// Between two looks while anything is leased, and while nothing is.
    private static let tick: TimeAmount = .milliseconds(5)
    private static let idleTick: TimeAmount = .milliseconds(50)
    /// Places that one hold of the lock sweeps; and looks in which the whole table is swept.
    private static let sweptPerHold = 128
    private static let looksPerSweep = 4
    /// Places that one look sweeps at most.
    private static let sweptPerLook = 2_048
    /// Requests that one hold of the lock gives.
    private static let requestsPerHold = 64
    /// Limit keys of one run of the script.
    private static let keysPerCall = 16
    /// For how long the agent counts as a member of the fleet after it has made itself known, and how often it does, of each tag.
    private static let membership: Int64 = 60_000_000
    private static let touchEvery: Int64 = 25_000_000
    /// Looks, two milliseconds apart, after which an agent that starts no longer waits for the store.
    private static let startingLooks = 40
    /// Looks, five milliseconds apart, after which an agent that stops no longer waits for the store.
    private static let leavingLooks = 60
    /// Between two attempts to say what agents before this one left to say, and how much of it at once.
    private static let testifyEvery: Int64 = 250_000
    private static let testifiedAtOnce = 64
    /// Between two attempts to find whether a store that is away is back.
    private static let probeEvery: Int64 = 200_000

    private let gate: LimiterGate
    private let shared: SharedStore
    private let loop: any EventLoop
    /// The agent's name at the store.
    private let agent: [UInt8]
    private let logger: Logger
    /// Wakes whoever has checks that wait.
    private var onAnswer: @Sendable () -> Void = {}
    private let isScheduled = Atomic(false)
    private var requests: [LeaseRequest] = []
    private var touched = [Int64](repeating: .min / 2, count: LeaseEntry.tags)
    private var isTouching = [Bool](repeating: false, count: LeaseEntry.tags)
    private var probedAt: Int64 = .min / 2
    private var nextTag = 0
    private var refused = Set<Hash128>()
    private var isStopped = false
    /// What agents before this one left to say, and when it was said last.
    private var testament: Testament
    private var testifiedAt: Int64 = .min / 2

    init(gate: LimiterGate, shared: SharedStore, incarnation: Hash128, testament: Testament, logger: Logger) {
        self.testament = testament
        self.gate = gate
        self.shared = shared
        self.logger = logger
        loop = shared.group.next()
        agent = Array(incarnation.hex.utf8)
    }

    /// Begins to look, and to connect.
    ///
    /// - Parameter onAnswer: wakes whoever has checks that wait.
    func start(onAnswer: @escaping @Sendable () -> Void) {
        loop.execute { self.onAnswer = onAnswer }
        shared.start { self.connected() }
        loop.execute { self.look() }
    }

    /// Waits until the store has answered for every tag, so that the first checks find it; not if it is in trouble, and not for long.
    func waitForStore() async {
        for _ in 0..<Self.startingLooks {
            if gate.withLimiter({ $0.shared.isKnown }) || shared.status.current.trouble != nil { return }
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Looks at once, for a check that waits. From any thread.
    func wake() {
        guard !isScheduled.exchange(true, ordering: .acquiringAndReleasing) else { return }
        loop.execute {
            self.isScheduled.store(false, ordering: .releasing)
            self.sendUrgent()
        }
    }

    /// Gives everything back, waiting for the store no longer than it takes to be sure that it is away.
    ///
    /// - Returns: whether the store has taken everything.
    func leave() async -> Bool {
        gate.withLimiter { $0.shared.leave() }
        var hasLeft = false
        for _ in 0..<Self.leavingLooks where !hasLeft {
            try? await loop.submit { self.lookOnce() }.get()
            hasLeft = gate.withLimiter { $0.shared.hasLeft }
            if !hasLeft { try? await Task.sleep(for: .milliseconds(5)) }
        }
        try? await loop.submit { self.isStopped = true }.get()
        await shared.stop()
        return hasLeft
    }

    // MARK: Looks

    private func look() {
        guard !isStopped else { return }
        lookOnce()
        let isIdle = gate.withLimiter { $0.shared.leaseCount == 0 }
        _ = loop.scheduleTask(in: isIdle ? Self.idleTick : Self.tick) { self.look() }
    }

    private func lookOnce() {
        let now = AgentClock.now()
        takeUrgent()
        var looked = 0
        var isMore = true
        while isMore {
            let (next, end) = gate.withLimiter { limiter in
                (
                    limiter.shared.sweep(Self.sweptPerHold, now: now, into: &self.requests),
                    limiter.shared.leaseEnd
                )
            }
            looked += Self.sweptPerHold
            isMore = next && looked < min(Self.sweptPerLook, max(Self.sweptPerHold, end / Self.looksPerSweep))
        }
        touchWhatIsDue(now.microseconds)
        testify(now)
        send()
    }

    private func sendUrgent() {
        takeUrgent()
        send()
    }

    private func takeUrgent() {
        let now = AgentClock.now()
        var left = gate.withLimiter { $0.shared.listedCount }
        while left > 0 {
            let count = min(left, Self.requestsPerHold)
            gate.withLimiter { $0.shared.takeUrgent(count, now: now, into: &self.requests) }
            left -= count
        }
    }

    // MARK: Calls

    /// Sends what was taken, keys of one tag and name together.
    private func send() {
        guard !requests.isEmpty else { return }
        let taken = requests
        requests.removeAll(keepingCapacity: true)
        var groups: [UInt64: [LeaseRequest]] = [:]
        for request in taken { groups[UInt64(request.tag) << 32 | UInt64(request.name), default: []].append(request) }
        for group in groups.values {
            for start in stride(from: 0, to: group.count, by: Self.keysPerCall) {
                send(Array(group[start..<min(start + Self.keysPerCall, group.count)]))
            }
        }
    }

    private func send(_ requests: [LeaseRequest]) {
        guard let first = requests.first else { return }
        let name = agent + Array(".\(first.name)".utf8)
        let call = call(
            tag: first.tag, as: name, keys: requests.map { Self.keyName($0.ask.kind, $0.key) },
            asks: requests.map { LeaseCall.packed($0.ask.numbers) })
        shared.status.update { state in
            state.calls += 1
            state.keys += UInt64(requests.count)
        }
        let sentAt = AgentClock.monotonicMicroseconds
        shared.store.call(call) { result in self.ended(requests, result, sentAt: sentAt) }
    }

    private func call(tag: Int, as name: [UInt8], keys: [[UInt8]], asks: [[UInt8]]) -> LeaseCall {
        let now = AgentClock.monotonicMicroseconds
        let (epoch, seen, latest) = gate.withLimiter { $0.shared.knowledge(of: tag, now: now) }
        return LeaseCall(
            tag: tag, epoch: epoch, seen: seen, latest: latest, trust: shared.trustsNewStore,
            freezeMicroseconds: shared.freezeMicroseconds, agent: name, keys: keys, asks: asks)
    }

    /// A key's name in the store: what kind it is, and its hash.
    private static func keyName(_ kind: LeaseAsk.Kind, _ key: Hash128) -> [UInt8] {
        let letter: UInt8 =
            switch kind {
            case .bucket: UInt8(ascii: "b")
            case .window: UInt8(ascii: "w")
            case .slots: UInt8(ascii: "s")
            }
        return [letter] + Array(key.hex.utf8)
    }

    private func ended(_ requests: [LeaseRequest], _ result: Result<LeaseReply, StoreTrouble>, sentAt: Int64) {
        guard let tag = requests.first?.tag else { return }
        switch result {
        case .success(let reply):
            take(reply, to: requests, tag: tag, sentAt: sentAt)
        case .failure(let trouble) where trouble.isOfKeys:
            gate.withLimiter { $0.shared.answered(tag: tag) }
            if requests.count > 1 {
                // Which of them it is about, each finds for itself.
                for request in requests { send([request]) }
            } else {
                note(trouble)
                refuse(requests[0], trouble)
            }
        case .failure(let trouble):
            note(trouble)
            probe(AgentClock.monotonicMicroseconds)
        }
    }

    private func take(_ reply: LeaseReply, to requests: [LeaseRequest], tag: Int, sentAt: Int64) {
        let head = reply.numbers.prefix(FenceView.count)
        let answers = requests.indices.map { index in
            let start = FenceView.count + index * LeaseAnswer.count
            return start + LeaseAnswer.count <= reply.numbers.count
                ? LeaseAnswer(reply.numbers[start..<start + LeaseAnswer.count]) : nil
        }
        let roundTrip = Int64(reply.roundTripNanoseconds / 1_000)
        let now = AgentClock.monotonicMicroseconds
        let isWaitedFor = gate.withLimiter { limiter in
            guard
                limiter.shared.take(head: head, tag: tag, sentAt: sentAt, roundTrip: roundTrip, now: now)
            else { return false }
            for (request, answer) in zip(requests, answers) {
                if let answer { limiter.take(answer, to: request, now: now) }
            }
            return limiter.shared.isAwaited
        }
        shared.status.update { state in
            state.roundTripMicroseconds =
                state.roundTripMicroseconds == 0 ? roundTrip : (state.roundTripMicroseconds * 7 + roundTrip) / 8
        }
        if !refused.isEmpty { for request in requests { refused.remove(request.key) } }
        if isWaitedFor { onAnswer() }
    }

    private func note(_ trouble: StoreTrouble) {
        shared.status.update { state in
            state.failures[trouble.label, default: 0] += 1
            state.trouble = "\(trouble)"
        }
    }

    /// Tells once of a key that the store will not serve.
    private func refuse(_ request: LeaseRequest, _ trouble: StoreTrouble) {
        guard refused.count < 1_024, refused.insert(request.key).inserted else { return }
        let name = String(decoding: Self.keyName(request.ask.kind, request.key), as: UTF8.self)
        logger.warning(
            "the shared store refuses the key …:\(name): \(trouble); its limit's outage policy decides: look what else writes there, and delete it"
        )
    }

    /// Says what agents before this one had spent, in their names, until the store has heard it.
    private func testify(_ now: Instant) {
        guard !testament.isDone, now.microseconds - testifiedAt >= Self.testifyEvery else { return }
        testifiedAt = now.microseconds
        for settlement in testament.next(Self.testifiedAtOnce, wall: now.wallMicroseconds) {
            let call = call(
                tag: settlement.tag, as: Array("\(settlement.incarnation.hex).\(settlement.name)".utf8),
                keys: [Self.keyName(settlement.ask.kind, settlement.key)],
                asks: [LeaseCall.packed(settlement.ask.numbers)])
            let sentAt = AgentClock.monotonicMicroseconds
            shared.store.call(call) { result in
                guard case .success(let reply) = result else { return }
                self.take(reply, to: [], tag: settlement.tag, sentAt: sentAt)
                self.testament.said(settlement)
            }
        }
    }

    // MARK: The fleet

    /// A server takes calls, for the first time or again: every tag is touched, so that no customer's first call freezes one.
    private func connected() {
        gate.withLimiter { $0.shared.connected() }
        for tag in 0..<LeaseEntry.tags { touch(tag) }
    }

    /// The agent makes itself known to each tag in turn; while the store is away, to find out when it is back.
    private func touchWhatIsDue(_ now: Int64) {
        for _ in 0..<4 {
            nextTag = (nextTag + 1) % LeaseEntry.tags
            if now - touched[nextTag] >= Self.touchEvery { touch(nextTag) }
        }
        probe(now)
    }

    /// Touches the tags that the store does not answer for.
    private func probe(_ now: Int64) {
        guard now - probedAt >= Self.probeEvery else { return }
        let silent = gate.withLimiter { $0.shared.silentTags(now: now) }
        guard !silent.isEmpty else { return }
        probedAt = now
        for tag in silent { touch(tag) }
    }

    private func touch(_ tag: Int) {
        guard !isTouching[tag] else { return }
        isTouching[tag] = true
        let call = call(tag: tag, as: agent, keys: [], asks: [LeaseCall.packed([Self.membership])])
        let sentAt = AgentClock.monotonicMicroseconds
        gate.withLimiter { $0.shared.asked(tag: tag, now: sentAt) }
        shared.store.call(call) { result in
            self.isTouching[tag] = false
            switch result {
            case .success(let reply):
                self.touched[tag] = sentAt
                self.take(reply, to: [], tag: tag, sentAt: sentAt)
            case .failure(let trouble): self.note(trouble)
            }
        }
    }
}
