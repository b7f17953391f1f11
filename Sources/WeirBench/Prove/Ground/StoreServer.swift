import CLinux
import Glibc

/// A real Redis server of a proof's own, at a Unix socket; its data stay in its directory while it is killed and started again.
final class StoreServer {
    let socket: String
    private let folder: String
    private let program: String
    private let options: [String]
    private let environment: [String: String]
    private var child: ChildProcess?
    /// Runs of scripts by servers that were killed.
    private var pastCalls = 0

    init(
        _ program: String, in folder: String, _ options: [String] = [], environment: [String: String]
    ) throws(BenchFailure) {
        self.program = program
        self.folder = folder
        self.options = options
        self.environment = environment
        socket = "\(folder)/redis.sock"
        guard mkdir(folder, 0o700) == 0 else { throw BenchFailure("cannot make \(folder): \(reason())") }
        try start()
    }

    var endpoint: Endpoint { .unix(socket) }

    func start(_ more: [String] = []) throws(BenchFailure) {
        child = try ChildProcess(
            [
                program, "--port", "0", "--unixsocket", socket, "--dir", folder, "--daemonize", "no", "--save", "",
                "--rdbcompression", "no", "--enable-debug-command", "yes",
            ] + options + more, environment: environment, log: "\(folder)/redis.log", processor: -1)
    }

    /// Waits until it answers.
    func waitUntilServed() throws(BenchFailure) {
        guard let child else { throw BenchFailure("redis-server is not started") }
        try Exchange.untilServed(by: child, program) { () throws(BenchFailure) in _ = try ask(["PING"]) }
    }

    @discardableResult
    func ask(_ words: [String]) throws(BenchFailure) -> String { try StoreTalk(endpoint).ask(words) }

    /// Runs of scripts so far.
    func calls() -> Int { pastCalls + currentCalls() }

    private func currentCalls() -> Int {
        guard let info = try? StoreTalk(endpoint, seconds: 1).ask(["INFO", "commandstats"]) else { return 0 }
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

    var lastWords: String { child?.lastWords ?? "it is not started" }
}
