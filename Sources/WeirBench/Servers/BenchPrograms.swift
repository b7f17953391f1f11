/// Where the programs are that the benchmark starts, and the variables that they are given.
package struct BenchPrograms: Sendable {
    /// `weir` itself, which serves the floor in a process of its own.
    package var weir: String
    package var agent: String
    package var collector: String
    package var nginx: String
    /// The directory of nginx's modules.
    package var nginxModules: String
    package var haproxy: String
    package var strace: String
    package var redis: String
    package var redisSentinel: String
    /// The library that moves the wall clock of a program: beside `weir`.
    package var movedClock: String
    /// The directory of the configurations that ship with Weir, one for each server.
    package var deploy: String
    /// The directory of the Lua client.
    package var luaClient: String
    /// Variables of every program; none that begins with `WEIR_`.
    package var environment: [String: String]

    package init(
        weir: String, agent: String, nginx: String, strace: String, deploy: String, luaClient: String,
        haproxy: String = "/usr/sbin/haproxy", nginxModules: String = "/usr/lib/nginx/modules",
        redis: String = "/usr/bin/redis-server", redisSentinel: String = "/usr/bin/redis-sentinel",
        movedClock: String = "", collector: String = "",
        environment: [String: String]
    ) {
        self.weir = weir
        self.agent = agent
        self.collector = collector
        self.nginx = nginx
        self.strace = strace
        self.nginxModules = nginxModules
        self.haproxy = haproxy
        self.deploy = deploy
        self.luaClient = luaClient
        self.redis = redis
        self.redisSentinel = redisSentinel
        self.movedClock = movedClock
        self.environment = environment.filter { !$0.key.hasPrefix("WEIR_") }
    }

    /// The text of a configuration that ships with Weir.
    func shipped(_ name: String) throws(BenchFailure) -> String {
        guard let text = text(of: "\(deploy)/\(name)") else {
            throw BenchFailure("cannot read \(deploy)/\(name): \(reason()): give --deploy")
        }
        return text
    }
}
