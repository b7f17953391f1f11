import CLinux
import Glibc

/// A blocking conversation with a Redis server, independent of the agents' own client.
final class StoreTalk {
    private let endpoint: Endpoint
    private let descriptor: Int32
    private var input: [UInt8] = []
    private let patience: Double

    /// - Parameter seconds: that a reply may take.
    init(_ endpoint: Endpoint, seconds: Double = 5) throws(BenchFailure) {
        self.endpoint = endpoint
        patience = seconds
        descriptor = try endpoint.connect()
    }

    deinit { close(descriptor) }

    /// Sends a command without waiting for its reply.
    func send(_ words: [String]) throws(BenchFailure) {
        let text = "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
        let bytes = Array(text.utf8)
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw BenchFailure("cannot send to \(endpoint): \(reason())")
        }
    }

    /// The reply as text: errors begin with a minus, the elements of arrays stand in lines, nothing is `(nil)`.
    func receive() throws(BenchFailure) -> String {
        let end = linux_monotonic_nanoseconds() + Int64(patience * 1e9)
        return try reply(end)
    }

    @discardableResult
    func ask(_ words: [String]) throws(BenchFailure) -> String {
        try send(words)
        return try receive()
    }

    private func reply(_ end: Int64) throws(BenchFailure) -> String {
        let line = try line(end)
        let rest = String(line.dropFirst())
        switch line.first {
        case "+", ":": return rest
        case "-": return line
        case "$":
            guard let count = Int(rest), count >= 0 else { return "(nil)" }
            while input.count < count + 2 { try more(end) }
            defer { input.removeFirst(count + 2) }
            return String(decoding: input[..<count], as: UTF8.self)
        case "*":
            guard let count = Int(rest), count >= 0 else { return "(nil)" }
            var parts: [String] = []
            for _ in 0..<count { parts.append(try reply(end)) }
            return parts.joined(separator: "\n")
        default: throw BenchFailure("\(endpoint) answered with something that is no reply")
        }
    }

    private func line(_ end: Int64) throws(BenchFailure) -> String {
        while true {
            if let index = input.firstIndex(of: 0x0a), index > 0 {
                defer { input.removeFirst(index + 1) }
                return String(decoding: input[..<(index - 1)], as: UTF8.self)
            }
            try more(end)
        }
    }

    private func more(_ end: Int64) throws(BenchFailure) {
        let left = (end - linux_monotonic_nanoseconds()) / 1_000_000
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard left > 0, poll(&wait, 1, Int32(clamping: left)) > 0 else {
            throw BenchFailure("\(endpoint) does not answer")
        }
        var part = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &part, part.count, 0)
        guard count > 0 else { throw BenchFailure("\(endpoint) has closed the connection") }
        input += part[..<count]
    }
}
