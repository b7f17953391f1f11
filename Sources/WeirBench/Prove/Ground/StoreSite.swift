import Glibc

/// The servers that the agents of a scenario share, of whatever kind, and the faults that are theirs.
final class StoreSite {
    let url: String
    /// One; or the primary and its replica; or the nodes of a cluster.
    private let servers: [StoreServer]
    private let sentinels: [StoreServer]
    private let proxy: FaultProxy?
    private let clock: MovedClock?
    /// Slots that are on their way from the first node to the second.
    private var moving: Set<String> = []
    /// A connection whose answer nobody waits for.
    private var told: StoreTalk?

    /// Starts them, and waits until they answer.
    ///
    /// - Parameter folder: is made.
    init(_ kind: StoreKind, _ programs: BenchPrograms, in folder: String, _ options: [String]) throws(BenchFailure) {
        guard mkdir(folder, 0o700) == 0 else { throw BenchFailure("cannot make \(folder): \(reason())") }
        var (sentinels, environment) = ([StoreServer](), programs.environment)
        var (proxy, clock): (FaultProxy?, MovedClock?) = (nil, nil)
        func server(_ number: Int, _ more: [String] = [], port: UInt16 = 0) throws(BenchFailure) -> StoreServer {
            let server = try StoreServer(
                programs.redis, in: "\(folder)/\(number)", options + more, port: port, environment: environment)
            try server.waitUntilServed()
            return server
        }
        switch kind {
        case .server, .none:
            servers = [try server(0)]
            url = "unix:\(servers[0].socket)"
        case .clockedServer:
            let moved = try MovedClock("\(folder)/clock", programs)
            environment.merge(moved.environment) { $1 }
            clock = moved
            servers = [try server(0)]
            url = "unix:\(servers[0].socket)"
        case .proxied:
            servers = [try server(0)]
            proxy = try FaultProxy("\(folder)/proxy.sock", store: servers[0].socket)
            url = "unix:\(folder)/proxy.sock"
        case .sentinels:
            let primary = try server(0, port: try Exchange.freePort())
            let replica = try server(
                1, ["--replicaof", "127.0.0.1 \(primary.port)"], port: try Exchange.freePort())
            servers = [primary, replica]
            try replica.waitUntil(["INFO", "replication"], says: "master_link_status:up")
            for number in 0..<3 {
                sentinels.append(
                    try StoreServer(
                        sentinel: programs.redisSentinel, in: "\(folder)/s\(number)", watching: primary,
                        environment: environment))
            }
            for sentinel in sentinels {
                try sentinel.waitUntilServed()
                try sentinel.waitUntil(["SENTINEL", "MASTER", "weir"], says: "num-slaves\n1")
                try sentinel.waitUntil(["SENTINEL", "MASTER", "weir"], says: "num-other-sentinels\n2")
            }
            url = "redis+sentinel://" + sentinels.map { "127.0.0.1:\($0.port)" }.joined(separator: ",") + "/weir"
        case .cluster:
            var nodes: [StoreServer] = []
            var buses: [UInt16] = []
            for number in 0..<3 {
                let bus = try Exchange.freePort()
                nodes.append(
                    try server(
                        number, ["--cluster-enabled", "yes", "--cluster-port", "\(bus)"],
                        port: try Exchange.freePort()))
                buses.append(bus)
            }
            let bounds = [0, 5_461, 10_923, 16_384]
            for (number, node) in nodes.enumerated() {
                try node.ask("CLUSTER", "ADDSLOTSRANGE", "\(bounds[number])", "\(bounds[number + 1] - 1)")
                try node.ask("CLUSTER", "SET-CONFIG-EPOCH", "\(number + 1)")
            }
            for number in 1..<3 {
                try nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", "\(nodes[number].port)", "\(buses[number])")
            }
            for node in nodes {
                try node.waitUntil(["CLUSTER", "INFO"], says: "cluster_known_nodes:3")
                try node.waitUntil(["CLUSTER", "INFO"], says: "cluster_state:ok")
            }
            servers = nodes
            url = "redis+cluster://" + nodes.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
        }
        self.sentinels = sentinels
        self.proxy = proxy
        self.clock = clock
    }

    /// Runs of the lease script so far.
    func calls() -> Int { servers.reduce(0) { $0 + $1.calls() } }

    /// A conversation with the first of them.
    func talk() throws(BenchFailure) -> StoreTalk { try servers[0].talk() }

    // MARK: Faults

    func make(_ move: StoreMove) throws(BenchFailure) {
        switch move {
        case .kill: servers[0].kill()
        case .start(let options): try servers[0].start(options)
        case .signal(let number): servers[0].signal(number)
        case .ask(let commands): try ask(commands)
        case .tell(let command):
            let talk = try servers[0].talk()
            try talk.send(command)
            told = talk
        case .proxy(let mode): proxy?.become(mode)
        case .clock(let seconds): clock?.move(seconds)
        case .cutReplica:
            // It cannot come back with a wrong password; what the primary writes from now on is lost with it.
            try servers[1].ask("CONFIG", "SET", "masteruser", "nobody", "masterauth", "wrong")
            try servers[0].ask("CLIENT", "KILL", "TYPE", "replica")
        case .openSlots: try openSlots()
        case .closeSlots: try closeSlots()
        }
    }

    private func ask(_ commands: [[String]]) throws(BenchFailure) {
        let talk = try servers[0].talk()
        for command in commands {
            let reply = try talk.ask(command)
            guard !reply.hasPrefix("-") else { throw BenchFailure("\(command.joined(separator: " ")): \(reply)") }
        }
    }

    /// All slots with keys of the first node begin to move to the second, and their keys with them.
    private func openSlots() throws(BenchFailure) {
        let (from, to) = (servers[0], servers[1])
        let ids = (from: try from.ask("CLUSTER", "MYID"), to: try to.ask("CLUSTER", "MYID"))
        for key in try from.ask("KEYS", "*").split(separator: "\n").map(String.init) {
            let slot = try from.ask("CLUSTER", "KEYSLOT", key)
            if moving.insert(slot).inserted {
                try to.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", ids.from)
                try from.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", ids.to)
            }
            try from.ask("MIGRATE", "127.0.0.1", "\(to.port)", key, "0", "2000")
        }
        guard !moving.isEmpty else { throw BenchFailure("the first node has no keys to move") }
    }

    /// The second node serves them.
    private func closeSlots() throws(BenchFailure) {
        let id = try servers[1].ask("CLUSTER", "MYID")
        for slot in moving.sorted() {
            // Keys that came while the slot was open.
            for key in try servers[0].ask("CLUSTER", "GETKEYSINSLOT", slot, "100").split(separator: "\n") {
                try servers[0].ask("MIGRATE", "127.0.0.1", "\(servers[1].port)", String(key), "0", "2000")
            }
            for server in [servers[1], servers[0], servers[2]] {
                try server.ask("CLUSTER", "SETSLOT", slot, "NODE", id)
            }
        }
    }

    /// What is to be said of faults that have not come about: then nothing is proved.
    func idleFault(_ moves: [StoreMove]) -> String? {
        for move in moves {
            switch move {
            case .proxy(.twice): if proxy?.repeated ?? 0 == 0 { return "no call was delivered twice" }
            case .proxy(.dropReplies): if proxy?.silenced ?? 0 == 0 { return "no answer was lost" }
            case .cutReplica:
                let role = (try? servers[1].ask("ROLE")) ?? ""
                if !role.hasPrefix("master") { return "the replica did not become the primary" }
            default: break
            }
        }
        return nil
    }
}
