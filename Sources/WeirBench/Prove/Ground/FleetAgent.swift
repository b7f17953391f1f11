import CLinux
import Glibc
import WeirCore

/// One real agent of a proof, in directories that it finds again when it is started anew.
final class FleetAgent {
    private let program: String
    private let folder: String
    private let environment: [String: String]
    private var child: ChildProcess?
    private let adminPort: UInt16

    /// - Parameters:
    ///   - settings: variables of the agent beside those of its directories.
    ///   - variables: of the process.
    init(
        _ programs: BenchPrograms, number: Int, in directory: String, _ settings: [String: String],
        _ variables: [String: String] = [:]
    ) throws(BenchFailure) {
        program = programs.agent
        folder = "\(directory)/\(number)"
        guard mkdir(folder, 0o700) == 0 else { throw BenchFailure("cannot make \(folder): \(reason())") }
        adminPort = try Exchange.freePort()
        var environment = programs.environment
        environment["WEIR_RUNTIME_DIR"] = "\(folder)/run"
        environment["WEIR_STATE_DIR"] = "\(folder)/state"
        environment["WEIR_ADMIN_LISTEN"] = "127.0.0.1:\(adminPort)"
        environment["WEIR_ADMISSION_LOG"] = "\(folder)/admissions"
        environment["WEIR_LOG_LEVEL"] = "info"
        environment["WEIR_MAX_KEYS"] = "1000"
        environment["WEIR_MAX_LEASES"] = "1024"
        environment.merge(settings) { $1 }
        environment.merge(variables) { $1 }
        self.environment = environment
    }

    var socket: String { "\(folder)/run/agent.sock" }

    func start() throws(BenchFailure) {
        child = try ChildProcess([program], environment: environment, log: "\(folder)/agent.log", processor: -1)
    }

    /// Waits until it shares, for every key, or, without a store, until it serves.
    func waitUntilReady(shares: Bool) throws(BenchFailure) {
        guard let child else { throw BenchFailure("weir-agent is not started") }
        let metric = shares ? "weir_store_up" : "weir_connections"
        try Exchange.untilServed(by: child, "weir-agent") { () throws(BenchFailure) in
            guard let value = try self.metric(metric), !shares || value == 1, access(socket, F_OK) == 0 else {
                throw BenchFailure("\(metric) says no")
            }
        }
    }

    /// The value of a metric without labels.
    func metric(_ name: String) throws(BenchFailure) -> Double? {
        let request = Array("GET /metrics HTTP/1.1\r\nHost: prove\r\nConnection: close\r\n\r\n".utf8)
        let page = try Exchange.once(.tcp(address: "127.0.0.1", port: adminPort), request) { _ in false }
        for line in String(decoding: page, as: UTF8.self).split(whereSeparator: \.isNewline)
        where line.hasPrefix("\(name) ") { return Double(line.dropFirst(name.utf8.count + 1)) }
        return nil
    }

    func signal(_ number: Int32) { if let child { Glibc.kill(child.pid, number) } }

    /// Kills it, and waits until it is gone.
    func kill() { child = nil }

    var isRunning: Bool { child?.isRunning ?? false }
    var log: String { text(of: "\(folder)/agent.log") ?? "" }

    /// What it has admitted, over all its lives.
    func admissions() throws(BenchFailure) -> (records: [AdmissionRecord], lost: Int) {
        let path = "\(folder)/admissions"
        let number = linux_open(path, O_RDWR, 0)
        guard number >= 0 else { throw BenchFailure("no admission log at \(path): \(reason())") }
        defer { close(number) }
        var info = stat()
        guard fstat(number, &info) == 0, info.st_size > 0, let memory = linux_map(number, Int(info.st_size)) else {
            throw BenchFailure("cannot map \(path): \(reason())")
        }
        defer { munmap(memory, Int(info.st_size)) }
        let region = UnsafeMutableRawBufferPointer(start: memory, count: Int(info.st_size))
        guard let log = AdmissionLog(over: region) else { throw BenchFailure("\(path) is no admission log") }
        return ((0..<log.count).map { log[$0] }, log.lost)
    }
}
