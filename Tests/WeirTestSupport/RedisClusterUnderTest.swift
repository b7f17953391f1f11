import Foundation

/// Three real Redis servers that are a cluster, each with a third of the slots.
package final class RedisClusterUnderTest {
    package let nodes: [RedisUnderTest]
    private let busPorts: [Int]

    /// - options: of each server.
    package init(_ options: [String] = []) async throws {
        var nodes: [RedisUnderTest] = []
        var busPorts: [Int] = []
        for _ in 0..<3 {
            let (node, port) = try Self.node(options)
            nodes.append(node)
            busPorts.append(port)
        }
        self.nodes = nodes
        self.busPorts = busPorts
        let bounds = [0, 5461, 10923, 16384]
        for (index, node) in nodes.enumerated() {
            try node.ask("CLUSTER", "ADDSLOTSRANGE", "\(bounds[index])", "\(bounds[index + 1] - 1)")
            try node.ask("CLUSTER", "SET-CONFIG-EPOCH", "\(index + 1)")
        }
        for index in 1..<3 { try meet(nodes[index], port: busPorts[index]) }
        let isWell = try await holdsEventually(within: 20) {
            try nodes.allSatisfy { try $0.ask("CLUSTER", "INFO").contains("cluster_state:ok") }
        }
        guard isWell else { throw NeverWell() }
    }

    package struct NeverWell: Error {}

    private static func node(_ options: [String]) throws -> (RedisUnderTest, busPort: Int) {
        let bus = freePort()
        let cluster = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port", "\(bus)"]
        return (try RedisUnderTest(cluster + options, port: freePort()), bus)
    }

    private func meet(_ node: RedisUnderTest, port: Int) throws {
        try nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", "\(node.port)", "\(port)")
    }

    /// Another node, without slots, which all others know.
    package func add() async throws -> RedisUnderTest {
        let (node, port) = try Self.node([])
        try meet(node, port: port)
        let isKnown = try await holdsEventually(within: 20) {
            try (nodes + [node]).allSatisfy { try $0.ask("CLUSTER", "INFO").contains("cluster_known_nodes:4") }
                && node.ask("CLUSTER", "INFO").contains("cluster_state:ok")
        }
        guard isKnown else { throw NeverWell() }
        return node
    }

    /// The URL with all of them.
    package var url: String {
        "redis+cluster://" + nodes.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
    }

    package func id(_ node: RedisUnderTest) throws -> String { try node.ask("CLUSTER", "MYID") }

    /// The node that serves a slot from the start.
    package func owner(of slot: Int) -> RedisUnderTest { nodes[slot < 5461 ? 0 : slot < 10923 ? 1 : 2] }
}
