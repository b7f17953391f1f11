import Foundation

/// A real primary with a replica, and three Sentinels that watch them as `weir`.
package final class RedisSentinelsUnderTest {
    package let primary: RedisUnderTest
    package let replica: RedisUnderTest
    package let sentinels: [RedisUnderTest]

    /// - sentinelOptions: further lines of each Sentinel's configuration.
    package init(sentinelOptions: [String] = []) async throws {
        primary = try RedisUnderTest(port: freePort())
        let port = primary.port
        replica = try RedisUnderTest(["--replicaof", "127.0.0.1 \(port)"], port: freePort())
        sentinels = try (0..<3).map { _ in
            try RedisUnderTest(
                [
                    "sentinel monitor weir 127.0.0.1 \(port) 2", "sentinel down-after-milliseconds weir 500",
                    "sentinel failover-timeout weir 3000",
                ] + sentinelOptions, port: freePort(), program: "redis-sentinel")
        }
        let isWell = try await holdsEventually(within: 20) {
            try replica.ask("INFO", "replication").contains("master_link_status:up")
                && sentinels.allSatisfy {
                    let state = try $0.ask("SENTINEL", "MASTER", "weir").split(separator: "\n")
                    return Self.value("num-slaves", state) == "1" && Self.value("num-other-sentinels", state) == "2"
                }
        }
        guard isWell else { throw NeverWell() }
    }

    package struct NeverWell: Error {}

    private static func value(_ name: String, _ state: [Substring]) -> Substring? {
        state.firstIndex(of: Substring(name)).map { state[$0 + 1] }
    }

    package var url: String {
        "redis+sentinel://" + sentinels.map { "127.0.0.1:\($0.port)" }.joined(separator: ",") + "/weir"
    }
}
