/// Where the programs are that the benchmark starts, and the variables that they are given.
package struct BenchPrograms: Sendable {
    /// `weir` itself, which serves the floor in a process of its own.
    package var weir: String
    package var agent: String
    package var nginx: String
    package var strace: String
    package var redis: String
    package var redisSentinel: String
    /// The library that moves the wall clock of a program: beside `weir`.
    package var movedClock: String
    /// The directory of the nginx configuration that ships with Weir.
    package var nginxConfiguration: String
    /// Variables of every program; none that begins with `WEIR_`.
    package var environment: [String: String]

    package init(
        weir: String, agent: String, nginx: String, strace: String, nginxConfiguration: String,
        redis: String = "/usr/bin/redis-server", redisSentinel: String = "/usr/bin/redis-sentinel",
        movedClock: String = "",
        environment: [String: String]
    ) {
        self.weir = weir
        self.agent = agent
        self.nginx = nginx
        self.strace = strace
        self.nginxConfiguration = nginxConfiguration
        self.redis = redis
        self.redisSentinel = redisSentinel
        self.movedClock = movedClock
        self.environment = environment.filter { !$0.key.hasPrefix("WEIR_") }
    }
}
