import NIOCore

/// Makes the topology that a URL asks for.
struct TopologyBuilder {
    var url: RedisURL
    var options: RedisOptions
    var loop: any EventLoop
    var core: StoreCore

    func build() -> any Topology {
        let dialer = Dialer(isEncrypted: url.isEncrypted, options: options, loop: loop)
        let greeting = RedisNode.Greeting(
            user: options.user ?? url.user, password: options.password ?? url.password, database: url.database,
            namespace: options.namespace, commandTimeout: options.commandTimeout)
        func node(_ address: RedisAddress) -> RedisNode {
            core.adopt(RedisNode(address, greeting: greeting, dialer: dialer, loop: loop))
        }
        switch url.topology {
        case .single(let address): return SingleServer(node(address))
        case .sentinel(let addresses, let name):
            let login = options.sentinelPassword.map { (options.sentinelUser.map { [$0] } ?? []) + [$0] }
            let links = addresses.map { SentinelLink($0, login: login, dialer: dialer) }
            return SentinelTopology(name: name, links: links, loop: loop, core: core, makeNode: node)
        case .cluster(let addresses):
            return ClusterTopology(seeds: addresses, loop: loop, core: core, makeNode: node)
        }
    }
}
