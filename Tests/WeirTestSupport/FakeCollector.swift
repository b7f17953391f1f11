import Foundation
import Synchronization

/// Something at a collector's address that answers as a test says: for the answers that a real collector gives only
/// when it is in trouble.
package final class FakeCollector: Sendable {
    /// What it does with a request.
    package enum Reply: Sendable {
        case status(Int, headers: [String] = [], body: String = "")
        /// As a real one: 200 with the number of cells that `cells` says.
        case acknowledge
        /// Closes without a word.
        case hangUp
        /// Says nothing, and keeps the connection.
        case silence
    }

    package let port: Int
    private let listener: Int32
    private let state: Mutex<State>

    private struct State {
        var decide: @Sendable ([UInt8]) -> Reply
        var bodies: [[UInt8]] = []
        var isStopped = false
    }

    /// - Parameters:
    ///   - reply: what it always answers.
    ///   - cells: counts the cells of a batch, for acknowledgements.
    package convenience init(_ reply: Reply, cells: @escaping @Sendable ([UInt8]) -> Int) throws {
        try self.init(cells: cells) { _ in reply }
    }

    /// - Parameter decide: the answer to a body.
    package init(
        cells: @escaping @Sendable ([UInt8]) -> Int, decide: @escaping @Sendable ([UInt8]) -> Reply
    ) throws {
        state = Mutex(State(decide: decide))
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        port = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                _ = bind(listener, raw, length)
                _ = listen(listener, 16)
                _ = getsockname(listener, raw, &length)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        let thread = Thread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                if client < 0 { return }
                Thread.detachNewThread { self.serve(client, cells) }
            }
        }
        thread.start()
    }

    package func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    /// The bodies of all requests so far.
    package var bodies: [[UInt8]] { state.withLock { $0.bodies } }

    /// Answers so from now on.
    package func answer(_ reply: Reply) { state.withLock { $0.decide = { _ in reply } } }

    private func serve(_ client: Int32, _ cells: ([UInt8]) -> Int) {
        defer { close(client) }
        var waiting: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            while let (body, rest) = Self.request(waiting) {
                waiting = rest
                let decide = state.withLock { state in
                    state.bodies.append(body)
                    return state.decide
                }
                let reply = decide(body)
                var text: String
                switch reply {
                case .hangUp: return
                case .silence: continue
                case .acknowledge:
                    text = Self.response(200, [], "{\"cells\":\(cells(body)),\"changed\":0,\"incarnation\":\"x\"}")
                case .status(let status, let headers, let answer): text = Self.response(status, headers, answer)
                }
                text.withUTF8 { _ = send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            }
            let count = recv(client, &buffer, buffer.count, 0)
            if count <= 0 { return }
            waiting += buffer[..<count]
        }
    }

    private static func response(_ status: Int, _ headers: [String], _ body: String) -> String {
        "HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n" + headers.map { "\($0)\r\n" }.joined()
            + "\r\n\(body)"
    }

    /// The body of the first whole request, and what lies behind it.
    private static func request(_ bytes: [UInt8]) -> (body: [UInt8], rest: [UInt8])? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
        let length =
            head.components(separatedBy: "\r\n").compactMap { line in
                line.hasPrefix("content-length:") ? Int(line.dropFirst(15).trimmingCharacters(in: .whitespaces)) : nil
            }.first ?? 0
        guard bytes.count >= end.upperBound + length else { return nil }
        return (Array(bytes[end.upperBound..<end.upperBound + length]), Array(bytes[(end.upperBound + length)...]))
    }
}
