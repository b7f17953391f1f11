import CLinux
import Glibc

/// A real Redis server of a proof's own, or a Sentinel; its data stay in its directory while it is killed and started again.
final class StoreServer {
    let socket: String
    /// The loopback port that it listens on, too; 0 for none.
    let port: UInt16
    private let folder: String
    private let arguments: [String]
    private let environment: [String: String]
    private var child: ChildProcess?
    /// Runs of scripts by processes that were killed.
    private var pastCalls = 0

    /// - Parameters:
    ///   - folder: is made.
    ///   - environment: variables of the process.
    init(
        _ program: String, in folder: String, _ options: [String] = [], port: UInt16 = 0, environment: [String: String]
    ) throws(BenchFailure) {
        self.folder = folder
        self.environment = environment
        self.port = port
        socket = "\(folder)/redis.sock"
        arguments =
            [
                program, "--port", "\(port)", "--bind", "127.0.0.1", "--unixsocket", socket, "--dir", folder,
                "--daemonize", "no", "--save", "", "--rdbcompression", "no", "--repl-diskless-sync-delay", "0",
            ] + options
        try makeFolder()
        try start()
    }

    /// A Sentinel.
    init(
        sentinel program: String, in folder: String, watching primary: StoreServer, environment: [String: String]
    ) throws(BenchFailure) {
        self.folder = folder
        self.environment = environment
        port = try Exchange.freePort()
        socket = "\(folder)/redis.sock"
        arguments = [program, "\(folder)/sentinel.conf"]
        try makeFolder()
        guard let file = fopen("\(folder)/sentinel.conf", "we") else {
            throw BenchFailure("cannot write \(folder)/sentinel.conf: \(reason())")
        }
        fputs(
            """
            port \(port)
            bind 127.0.0.1
            unixsocket \(socket)
            dir \(folder)
            sentinel monitor weir 127.0.0.1 \(primary.port) 2
            sentinel down-after-milliseconds weir 500
            sentinel failover-timeout weir 3000

            """, file)
        fclose(file)
        try start()
    }

    private func makeFolder() throws(BenchFailure) {
        guard mkdir(folder, 0o700) == 0 else { throw BenchFailure("cannot make \(folder): \(reason())") }
    }

    func start(_ more: [String] = []) throws(BenchFailure) {
        child = try ChildProcess(
            arguments + more, environment: environment, log: "\(folder)/redis.log", processor: -1)
    }

    /// Waits until it answers.
    func waitUntilServed() throws(BenchFailure) {
        guard let child else { throw BenchFailure("redis is not started") }
        try Exchange.untilServed(by: child, "redis") { () throws(BenchFailure) in _ = try talk().ask(["PING"]) }
    }

    /// Waits until its answer to a question says so.
    func waitUntil(_ words: [String], says text: String) throws(BenchFailure) {
        guard let child else { throw BenchFailure("redis is not started") }
        try Exchange.untilServed(by: child, "redis") { () throws(BenchFailure) in
            let reply = try talk().ask(words)
            guard reply.contains(text) else { throw BenchFailure("\(words.joined(separator: " ")) lacks \(text)") }
            usleep(20_000)
        }
    }

    /// A connection of its own.
    func talk() throws(BenchFailure) -> StoreTalk { try StoreTalk(.unix(socket)) }

    /// Asks something that must not be refused.
    @discardableResult
    func ask(_ words: String...) throws(BenchFailure) -> String {
        let reply = try talk().ask(words)
        guard !reply.hasPrefix("-") else { throw BenchFailure("\(words.joined(separator: " ")): \(reply)") }
        return reply
    }

    /// Runs of scripts so far.
    func calls() -> Int { pastCalls + currentCalls() }

    private func currentCalls() -> Int {
        guard child != nil, let info = try? StoreTalk(.unix(socket), seconds: 1).ask(["INFO", "commandstats"]) else {
            return 0
        }
        return info.split(whereSeparator: \.isNewline).reduce(0) { sum, line in
            guard line.hasPrefix("cmdstat_evalsha:calls=") || line.hasPrefix("cmdstat_eval:calls=") else { return sum }
            return sum + (Int(line.split(separator: "=")[1].prefix { $0.isNumber }) ?? 0)
        }
    }

    /// Kills it; what it had not written is gone.
    func kill() {
        pastCalls += currentCalls()
        child = nil
    }

    func signal(_ number: Int32) { if let child { Glibc.kill(child.pid, number) } }
}
