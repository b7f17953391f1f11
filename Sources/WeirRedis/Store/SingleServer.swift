/// The topology of one server: all calls go to it.
final class SingleServer: Topology {
    private let node: RedisNode

    init(_ node: RedisNode) { self.node = node }

    var nodes: [RedisNode] { [node] }
    var trouble: StoreTrouble? { nil }

    func start() { node.start() }
    func stop(_ reason: StoreTrouble) { node.stop(reason) }
    func route(tag: Int) -> Route { .node(node) }
    func moved(slot: Int, to address: RedisAddress) -> RedisNode? { nil }
    func node(at address: RedisAddress) -> RedisNode? { nil }
    func changed(_ node: RedisNode) {}
}
