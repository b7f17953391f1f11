import NIOCore

/// The store on its loop: it hands each call to the node that answers for its tag, and follows what the nodes say.
final class StoreCore {
    private let loop: any EventLoop
    private let onEvent: @Sendable (StoreEvent) -> Void
    private var topology: (any Topology)?
    private var waiting: [Errand] = []
    /// Nodes with calls that have not left yet.
    private var touched: [ObjectIdentifier: RedisNode] = [:]
    private var refused = RefusedKeys()
    private var lastTold: [RedisAddress: Told] = [:]
    private var isStopped = false

    /// What was last told of a node, so that each change is told once.
    private struct Told: Equatable {
        var isReady = false
        var run: [UInt8] = []
        var label = ""
        var warnings: [ServerWarning] = []
    }

    init(loop: any EventLoop, onEvent: @escaping @Sendable (StoreEvent) -> Void) {
        self.loop = loop
        self.onEvent = onEvent
    }

    // MARK: Life

    func start(_ url: RedisURL, _ options: RedisOptions) {
        let topology = TopologyBuilder(url: url, options: options, loop: loop, core: self).build()
        self.topology = topology
        topology.start()
        // Calls may have come before.
        resume()
    }

    func stop() {
        let reason = StoreTrouble.unreachable(reason: "the agent stops")
        isStopped = true
        topology?.stop(reason)
        let calls = waiting
        waiting = []
        for errand in calls { errand.end(.failure(reason)) }
    }

    /// A node of this store; the topology starts it.
    func adopt(_ node: RedisNode) -> RedisNode {
        node.onOutcome = { self.ended($0, $1, at: $2) }
        node.onChange = { self.changed($0) }
        return node
    }

    var snapshot: StoreSnapshot {
        StoreSnapshot(nodes: topology?.nodes.map(\.snapshot) ?? [], trouble: topology?.trouble)
    }

    // MARK: Calls

    /// Takes all calls of a tick; they leave in one write for each node.
    func call(_ errands: [Errand]) {
        for errand in errands { send(errand) }
        for node in touched.values { node.flush() }
        touched.removeAll(keepingCapacity: true)
    }

    /// The topology knows more than it did: calls that have waited go on.
    func resume() {
        let calls = waiting
        waiting = []
        call(calls)
    }

    func tell(_ event: StoreEvent) { onEvent(event) }

    private func send(_ errand: Errand) {
        if isStopped { return errand.end(.failure(.unreachable(reason: "the agent stops"))) }
        if let trouble = refused.trouble(of: errand.call, now: NIODeadline.now().uptimeNanoseconds) {
            return errand.end(.failure(trouble))
        }
        switch topology?.route(tag: errand.call.tag) ?? .wait {
        case .node(let node):
            node.send(errand)
            touched[ObjectIdentifier(node)] = node
        case .trouble(let trouble): errand.end(.failure(trouble))
        case .wait:
            guard waiting.count < LeaseStore.maximumWaiting else { return errand.end(.failure(.overloaded)) }
            waiting.append(errand)
        }
    }

    private func ended(_ errand: Errand, _ outcome: Outcome, at node: RedisNode) {
        switch outcome {
        case .reply(let reply): errand.end(.success(reply))
        case .trouble(let trouble): errand.end(.failure(trouble))
        case .refusedKeys(let trouble):
            let now = NIODeadline.now().uptimeNanoseconds
            refused.refused(errand.call, trouble, now: now, chance: .random(in: 0..<1))
            errand.end(.failure(trouble))
        case .moved(let slot, let address):
            redirect(errand, topology?.moved(slot: slot, to: address), "MOVED \(slot) \(address)", asking: false)
        case .ask(let address):
            redirect(errand, topology?.node(at: address), "ASK \(address)", asking: true)
        case .tryAgain(let trouble):
            guard errand.retries < Errand.maximumRetries else { return errand.end(.failure(trouble)) }
            errand.retries += 1
            loop.assumeIsolated().scheduleTask(in: .milliseconds(.random(in: 5...20) << Int64(errand.retries - 1))) {
                self.call([errand])
            }
        }
    }

    private func redirect(_ errand: Errand, _ node: RedisNode?, _ reply: String, asking: Bool) {
        guard let node, errand.redirections < Errand.maximumRedirections else {
            let hint = node == nil ? "; is it a cluster? write redis+cluster://" : ""
            return errand.end(.failure(.wrongNode(reply: reply + hint)))
        }
        errand.redirections += 1
        node.send(errand, asking: asking)
        node.flush()
    }

    // MARK: Events

    private func changed(_ node: RedisNode) {
        topology?.changed(node)
        if lastTold.count > 2 * SlotMap.maximumNodes {
            // Nodes of a cluster come and go for ever.
            let present = Set(topology?.nodes.map(\.address) ?? [])
            lastTold = lastTold.filter { present.contains($0.key) }
        }
        var told = lastTold[node.address] ?? Told()
        let before = told
        told.isReady = node.isReady
        told.label = node.health.trouble?.label ?? ""
        if let facts = node.facts {
            told.run = facts.run
            told.warnings = facts.warnings
        }
        lastTold[node.address] = told
        if told.isReady, let facts = node.facts, !before.isReady || before.run != told.run {
            onEvent(.ready(node.address, facts))
        }
        if told.label != before.label, let trouble = node.health.trouble { onEvent(.trouble(node.address, trouble)) }
        if told.warnings != before.warnings { onEvent(.warnings(node.address, told.warnings)) }
    }
}
