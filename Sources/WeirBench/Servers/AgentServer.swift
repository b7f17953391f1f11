import CLinux
import Glibc

/// A real agent in directories of its own.
final class AgentServer {
    private let directory: BenchDirectory
    private let child: ChildProcess
    private let adminPort: UInt16
    /// Milliseconds from the start of the program to its first decision.
    let startMilliseconds: Double

    /// Starts an agent and waits for its first decision.
    ///
    /// - Parameters:
    ///   - settings: variables beside the directories and the admin port.
    ///   - wrapper: a program that starts the agent, with its arguments.
    init(
        _ programs: BenchPrograms, _ settings: [String: String] = ["WEIR_LIMITS": RequestBook.policy],
        under wrapper: [String] = [], processor: Int32
    ) throws(BenchFailure) {
        try Interruption.check()
        directory = try BenchDirectory()
        adminPort = try Exchange.freePort()
        var environment = programs.environment
        environment["WEIR_RUNTIME_DIR"] = directory.memory
        environment["WEIR_STATE_DIR"] = "\(directory.disk)/state"
        environment["WEIR_ADMIN_LISTEN"] = "127.0.0.1:\(adminPort)"
        environment["WEIR_LOG_LEVEL"] = "warning"
        environment.merge(settings) { $1 }
        let start = linux_monotonic_nanoseconds()
        child = try ChildProcess(
            wrapper + [programs.agent], environment: environment, log: "\(directory.disk)/agent.log",
            processor: processor, home: directory)
        let socket = Endpoint.unix("\(directory.memory)/agent.sock")
        let running = child
        _ = try Exchange.untilServed(by: running, "weir-agent") { () throws(BenchFailure) in
            try Self.answer(of: socket, .checks)
        }
        startMilliseconds = Double(linux_monotonic_nanoseconds() - start) / 1e6
    }

    var pid: Int32 { child.pid }
    var native: Endpoint { .unix(nativeSocket) }
    var http: Endpoint { .unix(httpSocket) }
    var nativeSocket: String { "\(directory.memory)/agent.sock" }
    var spoeSocket: String { "\(directory.memory)/spoe.sock" }
    var httpSocket: String { "\(directory.memory)/http.sock" }

    /// The bytes of an answer to a check of the native protocol that was allowed.
    func answer() throws(BenchFailure) -> [UInt8] { try Self.answer(of: native, .checks) }

    private static func answer(of endpoint: Endpoint, _ book: RequestBook) throws(BenchFailure) -> [UInt8] {
        var request = [UInt8](repeating: 0, count: book.requestBytes)
        request.withUnsafeMutableBytes { if let place = $0.baseAddress { book.write(0, id: 0, to: place) } }
        func first(_ bytes: [UInt8]) -> Answer? {
            bytes.withUnsafeBytes { bytes in (try? Answer(book.speech, in: bytes)) ?? nil }
        }
        let answer = try Exchange.once(endpoint, request) { first($0) != nil }
        guard first(answer)?.isAllowed == true else {
            throw BenchFailure("the agent does not allow the benchmark's checks")
        }
        return answer
    }

    /// Bytes of memory of the process: its own, shared with files in memory, and all that is resident.
    func memory() throws(BenchFailure) -> (anonymous: Double, shared: Double, resident: Double) {
        guard let status = text(of: "/proc/\(pid)/status") else { throw BenchFailure("weir-agent is gone") }
        func field(_ name: String) -> Double {
            for line in status.split(separator: "\n") where line.hasPrefix("\(name):") {
                return (Double(line.split { $0 == " " || $0 == "\t" }.dropFirst().first ?? "") ?? 0) * 1_024
            }
            return 0
        }
        return (field("RssAnon"), field("RssShmem"), field("VmRSS"))
    }

    /// The value of a metric with its labels.
    func metric(_ name: String) throws(BenchFailure) -> Double? {
        let request = Array("GET /metrics HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".utf8)
        let page = try Exchange.once(.tcp(address: "127.0.0.1", port: adminPort), request) { _ in false }
        for line in String(decoding: page, as: UTF8.self).split(whereSeparator: \.isNewline)
        where line.hasPrefix("\(name) ") { return Double(line.dropFirst(name.utf8.count + 1)) }
        return nil
    }
}
