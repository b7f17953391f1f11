/// Where the calls of a tag go.
enum Route {
    case node(RedisNode)
    /// Nobody has said yet; the call waits.
    case wait
    case trouble(StoreTrouble)
}

/// How the servers belong together: which of them answers for a tag. It belongs to the store's loop.
protocol Topology: AnyObject {
    /// The nodes that there are.
    var nodes: [RedisNode] { get }
    /// Why there are none, where that is so.
    var trouble: StoreTrouble? { get }

    func start()
    func stop(_ reason: StoreTrouble)
    func route(tag: Int) -> Route
    /// A node has said that another answers; nil where the topology knows no others.
    func moved(slot: Int, to address: RedisAddress) -> RedisNode?
    /// The node of an address, for one call.
    func node(at address: RedisAddress) -> RedisNode?
    /// A node is ready, or in trouble.
    func changed(_ node: RedisNode)
}
