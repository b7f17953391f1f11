import NIOCore

/// The topology of a primary that Sentinels name: all calls go to it, and it is asked for again when it is lost, and now and
/// then, so that a primary that was deposed and still answers is left.
final class SentinelTopology: Topology {
    /// How often the Sentinels are asked while the primary answers, ± 20 %.
    static let watchSeconds = 2.0

    private let name: String
    private let links: [SentinelLink]
    private let makeNode: (RedisAddress) -> RedisNode
    private let loop: any EventLoop
    private unowned let core: StoreCore
    private var node: RedisNode?
    private var poll: SentinelPoll?
    /// Of the poll, so that an answer to an older one is not taken for its own.
    private var pollNumber = 0
    private var pace = Pace()
    private var lastPoll = NIODeadline.uptimeNanoseconds(0)
    private var timer: Scheduled<Void>?
    private var isStopped = false
    private(set) var trouble: StoreTrouble?

    init(
        name: String, links: [SentinelLink], loop: any EventLoop, core: StoreCore,
        makeNode: @escaping (RedisAddress) -> RedisNode
    ) {
        self.name = name
        self.links = links
        self.loop = loop
        self.core = core
        self.makeNode = makeNode
    }

    var nodes: [RedisNode] { node.map { [$0] } ?? [] }

    func start() { ask() }

    func stop(_ reason: StoreTrouble) {
        isStopped = true
        timer?.cancel()
        for link in links { link.stop() }
        node?.stop(reason)
    }

    func route(tag: Int) -> Route {
        if let node { return .node(node) }
        return trouble.map { .trouble($0) } ?? .wait
    }

    func moved(slot: Int, to address: RedisAddress) -> RedisNode? { nil }
    func node(at address: RedisAddress) -> RedisNode? { nil }

    func changed(_ node: RedisNode) {
        guard node === self.node else { return }
        if node.isReady { pace.reset() } else if node.health.trouble?.needsConnection == true { askSoon() }
    }

    // MARK: Asking

    private func ask() {
        guard !isStopped, poll == nil else { return }
        timer?.cancel()
        timer = nil
        lastPoll = .now()
        poll = SentinelPoll(name: name, sentinels: links.count)
        pollNumber += 1
        let number = pollNumber
        for (index, link) in links.enumerated() {
            link.ask(name) { answer in
                guard number == self.pollNumber, let verdict = self.poll?.answered(index, answer) else { return }
                self.poll = nil
                self.found(verdict)
            }
        }
    }

    private func found(_ verdict: SentinelPoll.Verdict) {
        guard !isStopped else { return }
        switch verdict {
        case .primary(let address):
            trouble = nil
            if address != node?.address { follow(address) }
        case .none(let trouble):
            if node == nil, trouble.label != self.trouble?.label { core.tell(.lost(trouble)) }
            self.trouble = trouble
            core.resume()
        }
        let isWell = node?.isReady == true
        let delay =
            isWell
            ? UInt64(Self.watchSeconds * 1e9 * .random(in: 0.8...1.2))
            : pace.next(after: .timedOut, chance: .random(in: 0..<1))
        ask(at: .now() + .nanoseconds(Int64(delay)))
    }

    private func follow(_ address: RedisAddress) {
        let old = node
        let new = makeNode(address)
        node = new
        core.tell(.nodes([address]))
        old?.stop(.wrongNode(reply: "the primary is \(address) now"))
        new.start()
        core.resume()
    }

    /// The primary is lost: asks again, at most once in 100 ms.
    private func askSoon() { ask(at: .now()) }

    private func ask(at time: NIODeadline) {
        guard !isStopped else { return }
        timer?.cancel()
        let earliest = lastPoll + .nanoseconds(Int64(Pace.shortestNanoseconds))
        timer = loop.assumeIsolated().scheduleTask(deadline: max(time, earliest)) {
            self.timer = nil
            self.ask()
        }
    }
}
