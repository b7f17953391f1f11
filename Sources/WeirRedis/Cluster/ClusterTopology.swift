import NIOCore

/// The topology of a cluster: each tag is one slot, and goes to the node that serves it.
///
/// The map is asked for on connecting, every ten seconds, and when a redirection shows that it is old; while a node of it is
/// not there, again and again, as a replica may take its place. At most once in 100 ms.
final class ClusterTopology: Topology {
    /// How often the map is asked for while nothing shows that it is old, ± 20 %.
    static let watchSeconds = 10.0

    private let makeNode: (RedisAddress) -> RedisNode
    private let loop: any EventLoop
    private unowned let core: StoreCore
    private var members: ClusterMembers
    private var byAddress: [RedisAddress: RedisNode] = [:]
    private var map: SlotMap?
    private let slots = (0..<LeaseKey.tags).map { ClusterSlot.of(tag: $0) }
    private var isAsking = false
    private var lastAsked = NIODeadline.uptimeNanoseconds(0)
    private var timer: Scheduled<Void>?
    private var due = NIODeadline.distantFuture
    private var turn = 0
    private var pace = Pace()
    private var isStopped = false
    private(set) var trouble: StoreTrouble?

    init(
        seeds: [RedisAddress], loop: any EventLoop, core: StoreCore, makeNode: @escaping (RedisAddress) -> RedisNode
    ) {
        members = ClusterMembers(seeds: seeds)
        self.loop = loop
        self.core = core
        self.makeNode = makeNode
    }

    var nodes: [RedisNode] { Array(byAddress.values) }

    func start() { perform(members.fallBack()) }

    func stop(_ reason: StoreTrouble) {
        isStopped = true
        timer?.cancel()
        for node in byAddress.values { node.stop(reason) }
    }

    // MARK: Routes

    func route(tag: Int) -> Route {
        guard let map else { return trouble.map { .trouble($0) } ?? .wait }
        guard let owner = map.owner(of: slots[tag]) else {
            return .trouble(.wrongNode(reply: "CLUSTERDOWN no node serves slot \(slots[tag])"))
        }
        return byAddress[owner].map { .node($0) } ?? .trouble(.wrongNode(reply: "CLUSTERDOWN too many nodes"))
    }

    func moved(slot: Int, to address: RedisAddress) -> RedisNode? {
        map?.move(slot, to: address)
        askSoon()
        return node(at: address)
    }

    func node(at address: RedisAddress) -> RedisNode? {
        if byAddress[address] == nil, byAddress.count >= 2 * SlotMap.maximumNodes { return nil }
        perform(members.visit(address, now: NIODeadline.now().uptimeNanoseconds))
        return byAddress[address]
    }

    func changed(_ node: RedisNode) {
        guard byAddress[node.address] === node, !isStopped else { return }
        if node.isReady { return askSoon() }
        guard let trouble = node.health.trouble, trouble.needsConnection || map == nil else { return }
        askSoon()
        guard !byAddress.values.contains(where: { $0.health.trouble == nil }) else { return }
        // Nobody answers. The calls that wait are told why.
        perform(members.fallBack())
        if map == nil { failed(trouble) }
    }

    private func perform(_ change: ClusterMembers.Change) {
        for address in change.close {
            byAddress.removeValue(forKey: address)?.stop(.wrongNode(reply: "\(address) left the cluster"))
        }
        for address in change.open {
            let node = makeNode(address)
            byAddress[address] = node
            node.start()
        }
    }

    // MARK: The map

    private func askSoon() { ask(at: .now()) }

    private func ask(at time: NIODeadline) {
        guard !isStopped, !isAsking else { return }
        let time = max(time, lastAsked + .nanoseconds(Int64(Pace.shortestNanoseconds)))
        if timer != nil, due <= time { return }
        timer?.cancel()
        due = time
        timer = loop.assumeIsolated().scheduleTask(deadline: time) {
            self.timer = nil
            self.ask()
        }
    }

    /// Asks the nodes that are ready in turn.
    private func ask() {
        let ready = byAddress.values.filter(\.isReady).sorted { $0.address.description < $1.address.description }
        lastAsked = .now()
        guard !ready.isEmpty else { return askLater() }
        turn += 1
        let node = ready[turn % ready.count]
        isAsking = true
        node.ask(RedisCommand("CLUSTER", "SLOTS")) { result, _ in
            self.isAsking = false
            guard !self.isStopped else { return }
            switch result {
            case .failure(let trouble): self.failed(trouble)
            case .success(.error(let line)):
                if case .trouble(let trouble) = ReplyClass(line) { self.failed(trouble) }
            case .success(let reply):
                if let map = SlotMap(reply, asked: node.address) {
                    self.found(map)
                } else {
                    self.failed(.unknown(reply: "no answer to CLUSTER SLOTS"))
                }
            }
            self.askLater()
        }
    }

    private func askLater() {
        let isWell = map?.addresses.allSatisfy { byAddress[$0]?.isReady == true } ?? false
        if isWell { pace.reset() }
        let delay =
            isWell
            ? UInt64(Self.watchSeconds * 1e9 * .random(in: 0.8...1.2))
            : pace.next(after: .timedOut, chance: .random(in: 0..<1))
        ask(at: .now() + .nanoseconds(Int64(delay)))
    }

    private func found(_ new: SlotMap) {
        let before = Set(map?.addresses ?? [])
        map = new
        trouble = nil
        perform(members.follow(new, now: NIODeadline.now().uptimeNanoseconds))
        if Set(new.addresses) != before { core.tell(.nodes(new.addresses)) }
        core.resume()
    }

    private func failed(_ trouble: StoreTrouble) {
        guard map == nil else { return }
        if trouble.label != self.trouble?.label { core.tell(.lost(trouble)) }
        self.trouble = trouble
        core.resume()
    }
}
