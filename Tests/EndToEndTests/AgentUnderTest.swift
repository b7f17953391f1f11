import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// A real agent in directories of its own, and clients for its doors.
final class AgentUnderTest {
    let directory: TemporaryDirectory
    let program: RunningProgram
    let adminPort: Int

    /// Starts an agent and waits until it serves.
    ///
    /// - Parameters:
    ///   - settings: variables beside the directories and the admin port.
    ///   - wrapper: a command line that the agent's is put behind, such as that of `nsenter`.
    init(
        _ settings: [String: String] = [:], in directory: TemporaryDirectory? = nil, behind wrapper: [String] = [],
        isReady: Bool = true
    ) throws {
        let directory = try directory ?? TemporaryDirectory()
        self.directory = directory
        adminPort = freePort()
        program = try RunningProgram(
            wrapper.first ?? Programs.agent, wrapper.isEmpty ? [] : wrapper.dropFirst() + [Programs.agent],
            environment: Self.environment(directory, adminPort).merging(settings) { $1 }, in: directory)
        if isReady { try waitUntilReady() }
    }

    func waitUntilReady() throws {
        let isUp = eventually { program.log.contains("Try it:") || !program.isRunning }
        try #require(isUp && program.isRunning, "\(program.log)")
    }

    static func environment(_ directory: TemporaryDirectory, _ adminPort: Int) -> [String: String] {
        [
            "WEIR_RUNTIME_DIR": directory.file("run"), "WEIR_STATE_DIR": directory.file("state"),
            "WEIR_ADMIN_LISTEN": "127.0.0.1:\(adminPort)",
        ]
    }

    var socket: String { directory.file("run/agent.sock") }
    var httpSocket: String { directory.file("run/http.sock") }

    func connect() throws -> ClientSocket { try ClientSocket(unix: socket) }

    /// One check over a connection of its own.
    func check(_ attributes: [(String, String)], cost: UInt32 = 1, over client: ClientSocket? = nil, id: UInt64 = 1)
        throws -> CheckAnswer
    {
        let client = try client ?? connect()
        let frame = CheckDraft(attributes: attributes.map { ($0.0, Array($0.1.utf8)) }, cost: cost).frame(id: id)
        try #require(client.send(frame))
        let answer = try #require(client.receiveFrame(), "no answer: \(program.log)")
        return try Self.answer(answer)
    }

    static func answer(_ frame: [UInt8]) throws -> CheckAnswer {
        try frame.withBytes { bytes throws(WireError) in
            guard let header = try FrameHeader(reading: bytes) else {
                throw WireError(.truncated, field: "header", offset: 0)
            }
            return try CheckAnswer(reading: bytes, header: header)
        }
    }

    /// Bytes of an answer without a consumer.
    static func answerBytes(_ answer: CheckAnswer) -> Int {
        WireLimits.headerBytes + CheckAnswer.fixedBytes + answer.rule.utf8.count
    }

    /// One request of the HTTP door.
    func http(_ target: String, _ headers: [String] = []) throws -> HTTPReply {
        let client = try ClientSocket(unix: httpSocket)
        client.send("GET \(target) HTTP/1.1\r\nHost: weir\r\n" + headers.map { "\($0)\r\n" }.joined() + "\r\n")
        return try #require(client.receiveResponse())
    }

    /// A page of the admin endpoint.
    func admin(_ path: String) throws -> String {
        let client = try ClientSocket(port: adminPort)
        client.send("GET \(path) HTTP/1.1\r\nHost: weir\r\nConnection: close\r\n\r\n")
        let all = try #require(client.receiveAll())
        let text = String(decoding: all, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return text }
        return String(text[end.upperBound...])
    }

    /// The value of a metric with its labels.
    func metric(_ name: String) throws -> Int? {
        for line in try admin("/metrics").split(separator: "\n") where line.hasPrefix("\(name) ") {
            return Int(line.dropFirst(name.count + 1))
        }
        return nil
    }
}
