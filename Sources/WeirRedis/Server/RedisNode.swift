import NIOCore

/// Keeps one connection to one server alive, and sends calls over it.
///
/// It belongs to one loop. When to send, to wait and to connect again is `NodeHealth`'s to decide.
final class RedisNode {
    /// Calls that wait for the first connection, at most.
    static let maximumWaiting = 1024
    /// How often a server is asked whether it is what it was, ± 20 %: its replication id changes while connections stand.
    static let renewalSeconds = 5.0
    /// How often at most where an answer is frozen: it may be because some agents know the old id and others the new one, and
    /// each call of either is a new freeze to the script.
    static let frozenRenewalNanoseconds: UInt64 = 1_000_000_000

    /// How a node greets its server.
    struct Greeting: Sendable {
        var user: String?
        var password: String?
        var database: Int
        var namespace: String
        var commandTimeout: TimeAmount
    }

    let address: RedisAddress
    /// What becomes of each call.
    var onOutcome: ((Errand, Outcome, RedisNode) -> Void)?
    /// Something that the snapshot shows has changed.
    var onChange: ((RedisNode) -> Void)?

    private let greeting: Greeting
    private let dialer: Dialer
    private let loop: any EventLoop
    private(set) var health = NodeHealth()
    private(set) var facts: ServerFacts?
    private var connection: RedisConnection?
    private var script: [UInt8] = []
    private var waiting: [(errand: Errand, asking: Bool)] = []
    private var timer: Scheduled<Void>?
    private var isStopped = false
    private var lastRenewal: UInt64 = 0
    private var answered: UInt64 = 0
    private var lastRoundTrip: UInt64 = 0
    private var smoothedRoundTrip: UInt64 = 0

    init(_ address: RedisAddress, greeting: Greeting, dialer: Dialer, loop: any EventLoop) {
        self.address = address
        self.greeting = greeting
        self.dialer = dialer
        self.loop = loop
    }

    var isReady: Bool { health.state == .ready }

    var snapshot: NodeSnapshot {
        NodeSnapshot(
            address: address, isReady: isReady, trouble: health.trouble, lastTrouble: health.lastTrouble,
            reconnects: health.reconnects, answered: answered, roundTripNanoseconds: lastRoundTrip,
            smoothedRoundTripNanoseconds: smoothedRoundTrip, facts: facts)
    }

    // MARK: Calls

    /// Sends a call, with the next `flush`; or it waits, or fails at once.
    ///
    /// - asking: whether the node serves it only on being asked, while a slot moves.
    func send(_ errand: Errand, asking: Bool = false) {
        switch health.admit(now: now) {
        case .send: write(errand, asking: asking, isProbe: false)
        case .probe: write(errand, asking: asking, isProbe: true)
        case .refuse(let trouble): onOutcome?(errand, .trouble(trouble), self)
        case .wait:
            guard waiting.count < Self.maximumWaiting else {
                onOutcome?(errand, .trouble(.overloaded), self)
                return
            }
            waiting.append((errand, asking))
        }
    }

    func flush() { connection?.flush() }

    /// Sends any other command, where calls could go out now; else it fails.
    func ask(_ command: RedisCommand, _ answer: @escaping RedisConnection.Answer) {
        guard isReady, let connection else { return answer(.failure(.unreachable(reason: "not connected")), 0) }
        connection.send(command, answer)
        connection.flush()
    }

    private func write(_ errand: Errand, asking: Bool, isProbe: Bool) {
        guard let connection, let facts else { return }
        if asking { connection.send(RedisCommand("ASKING")) { _, _ in } }
        let run = facts.run
        let command = errand.call.command(script: script, run: run, namespace: greeting.namespace)
        connection.send(command) { result, nanoseconds in
            self.arrived(result, nanoseconds, errand, asking: asking, isProbe: isProbe, run: run)
        }
    }

    private func arrived(
        _ result: Result<RedisReply, StoreTrouble>, _ nanoseconds: UInt64, _ errand: Errand, asking: Bool,
        isProbe: Bool, run: [UInt8]
    ) {
        switch result {
        case .failure(let trouble):
            if isProbe { health.probeEnded() }
            onOutcome?(errand, .trouble(trouble), self)
        case .success(.error(let line)): refused(ReplyClass(line), errand, asking: asking, isProbe: isProbe)
        case .success(let reply):
            let numbers = reply.elements?.compactMap(\.integer) ?? []
            guard numbers.count == 5 + 8 * errand.call.keys.count else {
                if isProbe { health.probeEnded() }
                onOutcome?(errand, .refusedKeys(.unknown(reply: "no answer of the lease script")), self)
                return
            }
            measured(nanoseconds)
            if numbers[4] > 0, now > lastRenewal + Self.frozenRenewalNanoseconds { renew() }
            let wasReady = isReady
            health.answered(probe: isProbe)
            if isReady != wasReady { onChange?(self) }
            let answer = LeaseReply(numbers: numbers, roundTripNanoseconds: nanoseconds, node: address, run: run)
            onOutcome?(errand, .reply(answer), self)
        }
    }

    private func refused(_ reply: ReplyClass, _ errand: Errand, asking: Bool, isProbe: Bool) {
        let outcome: Outcome
        switch reply {
        case .loadScript where errand.loads < Errand.maximumLoads && connection != nil:
            // In the order of the connection: the call that follows finds the script.
            errand.loads += 1
            connection?.send(RedisCommand("SCRIPT", "LOAD", LeaseScript.text)) { _, _ in }
            write(errand, asking: asking, isProbe: isProbe)
            flush()
            return
        case .loadScript: outcome = .refusedKeys(.unknown(reply: "NOSCRIPT after SCRIPT LOAD"))
        case .moved(let slot, let to): outcome = .moved(slot: slot, to: completed(to))
        case .ask(let to): outcome = .ask(to: completed(to))
        case .tryAgain(let trouble): outcome = .tryAgain(trouble)
        case .trouble(let trouble) where trouble.isOfKeys: outcome = .refusedKeys(trouble)
        case .trouble(let trouble):
            let before = health.trouble?.label
            perform(health.refused(trouble, probe: isProbe, now: now, chance: chance), trouble)
            if health.trouble?.label != before { onChange?(self) }
            onOutcome?(errand, .trouble(trouble), self)
            return
        }
        if isProbe { health.probeEnded() }
        onOutcome?(errand, outcome, self)
    }

    /// A redirection without a host is to the host that sends it.
    private func completed(_ address: RedisAddress) -> RedisAddress {
        if case .tcp("", let port) = address { return .tcp(host: self.address.host ?? "127.0.0.1", port: port) }
        return address
    }

    private func measured(_ nanoseconds: UInt64) {
        answered += 1
        lastRoundTrip = nanoseconds
        smoothedRoundTrip = answered == 1 ? nanoseconds : smoothedRoundTrip - smoothedRoundTrip / 8 + nanoseconds / 8
    }

    // MARK: The connection

    func start() { connect() }

    /// Ends the connection; calls that wait fail.
    func stop(_ reason: StoreTrouble) {
        guard !isStopped else { return }
        isStopped = true
        timer?.cancel()
        connection?.close(reason)
        failWaiting(reason)
    }

    private func connect() {
        guard !isStopped else { return }
        health.tries(now: now)
        dialer.dial(address) { result in
            switch result {
            case .success(let connection): self.greet(connection)
            case .failure(let trouble): self.lost(trouble)
            }
        }
    }

    /// All that has to be said before the first call, in one write.
    private func greet(_ connection: RedisConnection) {
        guard !isStopped else { return connection.close(.unreachable(reason: "stopped")) }
        self.connection = connection
        connection.onClose = { reason in
            guard self.connection === connection else { return }
            self.connection = nil
            self.lost(reason)
        }
        Handshake.run(over: connection, greeting) { result in
            guard self.connection === connection else { return }
            switch result {
            case .failure(let trouble): self.lost(trouble)
            case .success(let welcome):
                connection.timeout = self.greeting.commandTimeout
                self.script = welcome.script
                self.facts = welcome.facts
                self.ready()
            }
        }
    }

    private func ready() {
        health.connected()
        lastRenewal = now
        onChange?(self)
        let calls = waiting
        waiting = []
        for call in calls { send(call.errand, asking: call.asking) }
        flush()
        renewLater()
    }

    private func lost(_ trouble: StoreTrouble) {
        guard !isStopped else { return }
        dialer.failed()
        let before = health.trouble?.label
        perform(health.lost(trouble, now: now, chance: chance), trouble)
        if health.trouble?.label != before || before == nil { onChange?(self) }
    }

    private func perform(_ action: NodeHealth.Action, _ trouble: StoreTrouble) {
        guard case .reconnect(let time) = action else { return }
        if let connection {
            self.connection = nil
            connection.close(trouble)
        }
        failWaiting(trouble)
        timer?.cancel()
        timer = loop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(time)) { self.connect() }
    }

    private func failWaiting(_ trouble: StoreTrouble) {
        let calls = waiting
        waiting = []
        for call in calls { onOutcome?(call.errand, .trouble(trouble), self) }
    }

    // MARK: Renewal

    private func renewLater() {
        // A write may have found the connection broken: the timer is that of the next attempt then, and must run.
        guard connection != nil else { return }
        timer?.cancel()
        let delay = TimeAmount.nanoseconds(Int64(Self.renewalSeconds * 1e9 * (0.8 + 0.4 * chance)))
        timer = loop.assumeIsolated().scheduleTask(in: delay) {
            self.renew()
            self.renewLater()
        }
    }

    private func renew() {
        lastRenewal = now
        connection?.send(RedisCommand("INFO")) { result, _ in self.renewed(result) }
        flush()
    }

    private func renewed(_ result: Result<RedisReply, StoreTrouble>) {
        guard case .success(let reply) = result, let text = reply.text, let found = ServerFacts(info: text) else {
            return
        }
        let isChanged = found != facts
        facts = found
        if !found.isPrimary {
            lost(Handshake.isReplica)
        } else if isChanged {
            onChange?(self)
        }
    }

    private var now: UInt64 { NIODeadline.now().uptimeNanoseconds }
    private var chance: Double { Double.random(in: 0..<1) }
}
