import CTestProcess
import Foundation
import Synchronization

/// A real PostgreSQL server of the tests' own, in a temporary directory, at a Unix socket, as a user without rights; ended by its pid
/// when the test process ends, however it ends.
///
/// Most tests share one server and have a database each (`PostgresUnderTest.database()`); those that stop or kill the server
/// start their own. Nothing is synced to disk: a server that is killed comes back with everything, a machine would not.
package final class PostgresUnderTest: Sendable {
    /// Where Debian puts the server's programs.
    private static let programs = "/usr/lib/postgresql/15/bin"

    private let directory: TemporaryDirectory
    /// The number in its socket's name, and the loopback port where it listens at one.
    private let port: Int
    private let settings: [String]
    private struct State {
        var process: RunningProgram?
        var watch: Deathwatch?
    }
    private let state = Mutex(State())

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    // MARK: Databases

    private static let shared = Mutex<PostgresUnderTest?>(nil)
    private static let names = Atomic(0)

    /// A new, empty database on the server that all tests of this process share.
    ///
    /// - Returns: its URL, `postgres://…`.
    package static func database() throws -> String {
        let server = try shared.withLock { shared in
            if let shared { return shared }
            let made = try PostgresUnderTest()
            shared = made
            return made
        }
        return try server.newDatabase()
    }

    /// A new, empty database on this server.
    package func newDatabase() throws -> String {
        let name = "test_\(Self.names.wrappingAdd(1, ordering: .relaxed).newValue)"
        // Copied by way of the log: no checkpoint has to be waited for.
        try query("CREATE DATABASE \(name) TEMPLATE template0 STRATEGY wal_log")
        return url(of: name)
    }

    /// A copy of a database of the server that all tests share, which nobody uses at the moment.
    ///
    /// - Returns: its URL.
    package static func copy(of url: String) throws -> String {
        guard let server = shared.withLock({ $0 }),
            let name = url.split(separator: "?").first?.split(separator: "/").last
        else { throw Failure(description: "no database of the shared server: \(url)") }
        let copy = "\(name)_copy"
        // Connections of a program that has just ended may be there for a moment yet.
        var failure = ""
        let isMade = eventually {
            do {
                try server.query("CREATE DATABASE \(copy) TEMPLATE \(name) STRATEGY wal_log")
                return true
            } catch {
                failure = "\(error)"
                return false
            }
        }
        guard isMade else { throw Failure(description: failure) }
        return server.url(of: copy)
    }

    package func url(of database: String) -> String {
        "postgres://postgres@/\(database)?host=\(directory.path)&port=\(port)"
    }

    // MARK: The server

    /// Makes a server and starts it.
    ///
    /// - Parameters:
    ///   - port: a loopback port where it listens too, asking for passwords (SCRAM); with TLS where there are certificates.
    ///   - settings: further ones, `name=value`.
    package init(port: Int? = nil, certificates: Certificates? = nil, settings: [String] = []) throws {
        self.port = port ?? 5432
        guard access("\(Self.programs)/initdb", X_OK) == 0 else {
            throw Failure(description: "no PostgreSQL in \(Self.programs): apt-get install postgresql-15")
        }
        directory = try TemporaryDirectory()
        var all = settings + ["listen_addresses=\(port == nil ? "" : "127.0.0.1")"]
        if let certificates {
            // The key must be the server's own file, which nobody else reads.
            for (name, path) in [
                ("server.pem", certificates.file("server.pem")), ("server.key", certificates.file("server.key")),
            ] {
                try FileManager.default.copyItem(atPath: path, toPath: directory.file(name))
                chmod(directory.file(name), 0o600)
            }
            all += [
                "ssl=on", "ssl_cert_file=\(directory.file("server.pem"))",
                "ssl_key_file=\(directory.file("server.key"))",
            ]
        }
        self.settings = all
        if geteuid() == 0, let user = getpwnam("postgres") {
            for path in [directory.path, directory.file("server.pem"), directory.file("server.key")] {
                chown(path, user.pointee.pw_uid, user.pointee.pw_gid)
            }
        }
        // A language whose order is not that of bytes: what depends on it shows.
        let made = try run(
            "initdb",
            [
                "--pgdata", data, "--username", "postgres", "--auth-local", "trust",
                "--auth-host", "scram-sha-256", "--no-sync", "--encoding", "UTF8",
                "--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "en-US",
            ])
        guard made.code == 0 else { throw Failure(description: made.output) }
        try start()
    }

    deinit {
        // A static is never let go of; the watch ends that server.
        try? stop(SIGQUIT)
    }

    private var data: String { directory.file("data") }

    /// Everything that the server has printed since it was started last.
    package var log: String { state.withLock { $0.process?.log ?? "" } }

    /// The postmaster.
    package var pid: Int32 { state.withLock { $0.process?.pid ?? 0 } }

    /// Starts the server, and waits until it takes connections.
    package func start() throws {
        let settings = [
            "unix_socket_directories=\(directory.path)", "port=\(port)", "fsync=off",
            "full_page_writes=off", "max_connections=200", "shared_buffers=32MB", "max_locks_per_transaction=256",
            // Nothing of it is left when the server is killed.
            "dynamic_shared_memory_type=mmap",
        ]
        let process = try program(
            "postgres", ["-D", data] + (settings + self.settings).flatMap { ["-c", $0] })
        let watch = try Deathwatch(over: process.pid, signal: "QUIT", in: directory)
        state.withLock {
            $0.process = process
            $0.watch = watch
        }
        let isUp = eventually(within: 30) {
            !process.isRunning || (try? run("pg_isready", ["-h", directory.path, "-p", "\(port)"]).code) == 0
        }
        guard isUp, process.isRunning else { throw Failure(description: process.log) }
    }

    /// Ends the server, as `pg_ctl stop` does with its modes: SIGINT for fast, SIGQUIT for immediate.
    package func stop(_ signal: Int32) throws {
        guard let process = state.withLock({ $0.process }) else { return }
        process.send(signal)
        guard process.wait(seconds: 30) != nil else { throw Failure(description: "the server does not end") }
        state.withLock {
            $0.watch = nil
            $0.process = nil
        }
    }

    /// Asks the server something with psql, its own client.
    ///
    /// - Returns: the rows, columns apart by `|`.
    @discardableResult
    package func query(_ text: String, in database: String = "postgres") throws -> String {
        let (code, output) = try run(
            "psql",
            [
                "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", directory.path, "-p", "\(port)", "-U",
                "postgres", "-d", database, "-c", text,
            ])
        guard code == 0 else { throw Failure(description: output) }
        return output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Asks something of the database of a URL that `database()` has returned.
    @discardableResult
    package static func query(_ text: String, at url: String) throws -> String {
        let directory = try TemporaryDirectory()
        let shell = try RunningProgram(
            "\(programs)/psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", text], in: directory)
        guard shell.wait(seconds: 60) == 0 else { throw Failure(description: shell.log) }
        return shell.log.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    // MARK: Its programs

    private func run(_ name: String, _ arguments: [String]) throws -> (code: Int32?, output: String) {
        let process = try program(name, arguments)
        return (process.wait(seconds: 60), process.log)
    }

    /// A server refuses to run as root: as root, its programs run as the user of Debian's package.
    private func program(_ name: String, _ arguments: [String]) throws -> RunningProgram {
        let path = "\(Self.programs)/\(name)"
        if geteuid() != 0 { return try RunningProgram(path, arguments, in: directory) }
        return try RunningProgram(
            "/usr/bin/setpriv", ["--reuid", "postgres", "--regid", "postgres", "--clear-groups", path] + arguments,
            in: directory)
    }
}
