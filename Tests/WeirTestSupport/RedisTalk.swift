import Foundation

/// A blocking conversation with a Redis server, independent of the client that is tested.
package final class RedisTalk {
    private let socket: ClientSocket

    /// A reply may take long on a busy machine: SAVE waits for the disk.
    private static let patience = 30

    package init(unix path: String) throws { socket = try ClientSocket(unix: path, seconds: Self.patience) }

    package init(port: Int) throws { socket = try ClientSocket(port: port, seconds: Self.patience) }

    package struct Silent: Error {}

    /// Sends a command without waiting for its reply.
    package func send(_ words: [String]) {
        let parts = words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }
        socket.send("*\(words.count)\r\n" + parts.joined())
    }

    /// The reply as text: errors begin with a minus, the elements of arrays stand in lines, nothing is `(nil)`.
    package func receive() throws -> String {
        let line = try line()
        let rest = String(line.dropFirst())
        switch line.first {
        case "+", ":": return rest
        case "-": return line
        case "$":
            guard let count = Int(rest), count >= 0 else { return "(nil)" }
            guard let bytes = socket.receive(exactly: count + 2) else { throw Silent() }
            return String(decoding: bytes.dropLast(2), as: UTF8.self)
        case "*":
            guard let count = Int(rest), count >= 0 else { return "(nil)" }
            return try (0..<count).map { _ in try receive() }.joined(separator: "\n")
        default: throw Silent()
        }
    }

    @discardableResult
    package func ask(_ words: [String]) throws -> String {
        send(words)
        return try receive()
    }

    private func line() throws -> String {
        var bytes: [UInt8] = []
        while bytes.last != 0x0A {
            guard let more = socket.receive(exactly: 1) else { throw Silent() }
            bytes += more
        }
        return String(decoding: bytes.dropLast(2), as: UTF8.self)
    }
}
