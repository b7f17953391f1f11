import Foundation

/// A real Redis server (or Sentinel) of a test's own, in a temporary directory; killed by its pid when the test lets go of it,
/// or dies.
package final class RedisUnderTest {
    package let directory: TemporaryDirectory
    /// The port that it listens on without TLS, 0 for none.
    package let port: Int
    private let program: String
    private let options: [String]
    private var process: RunningProgram?
    private var watch: Deathwatch?

    /// Starts a server at a Unix socket, and at a loopback port where one is given; waits until it answers.
    ///
    /// - options: as on its command line, `--name value`.
    package init(
        _ options: [String] = [], port: Int = 0, program: String = "redis-server", waits: Bool = true
    ) throws {
        directory = try TemporaryDirectory()
        self.port = port
        self.program = program
        self.options = options
        try start(waits: waits)
    }

    deinit {
        process?.kill()
        watch = nil
    }

    package struct DoesNotStart: Error {
        let log: String
    }

    /// Starts it again, after `kill`, with its data where it had left them.
    package func start(_ more: [String] = [], waits: Bool = true) throws {
        var arguments = [
            "--port", "\(port)", "--bind", "127.0.0.1", "--unixsocket", path, "--dir", directory.path, "--daemonize",
            "no",
            "--save", "", "--repl-diskless-sync-delay", "0",
        ]
        if program == "redis-sentinel" {
            arguments = [directory.file("sentinel.conf")]
            try directory.write(
                "sentinel.conf",
                "port \(port)\nbind 127.0.0.1\nunixsocket \(path)\ndir \(directory.path)\n"
                    + options.joined(separator: "\n"))
        } else {
            arguments += options + more
        }
        let process = try RunningProgram("/usr/bin/\(program)", arguments, in: directory)
        self.process = process
        watch = try Deathwatch(over: process.pid, in: directory)
        guard waits else { return }
        let answers = eventually { (try? ask("PING")) != nil || !process.isRunning }
        guard answers, process.isRunning else { throw DoesNotStart(log: process.log) }
    }

    /// Its Unix socket.
    package var path: String { directory.file("s") }

    /// The URL of its Unix socket.
    package var url: String { "unix:\(path)" }

    package var log: String { process?.log ?? "" }

    /// Asks it something as its default user, over a connection of its own.
    @discardableResult
    package func ask(_ words: String...) throws -> String { try RedisTalk(unix: path).ask(words) }

    /// Kills it; what it had not written is gone.
    package func kill() {
        process?.kill()
        watch = nil
    }

    package func pause() { process?.send(SIGSTOP) }

    package func resume() { process?.send(SIGCONT) }
}
