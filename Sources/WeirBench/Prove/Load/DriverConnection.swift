import CLinux
import Glibc
import WeirCore

/// The driver's connection to one agent, which may be killed and come back.
struct DriverConnection {
    let path: String
    private(set) var descriptor: Int32 = -1
    private var nextAttempt: Int64 = 0
    private var input: [UInt8] = []
    private var unsent: [UInt8] = []

    /// Between two attempts to reach an agent that is away, in nanoseconds.
    private static let retry: Int64 = 20_000_000

    init(_ path: String) { self.path = path }

    var isOpen: Bool { descriptor >= 0 }
    var hasUnsent: Bool { !unsent.isEmpty }

    /// Connects, if it is time to try.
    ///
    /// - Returns: whether it has just been opened.
    mutating func open(_ now: Int64) -> Bool {
        guard descriptor < 0, now >= nextAttempt else { return false }
        nextAttempt = now + Self.retry
        let socket = linux_unix_socket()
        guard socket >= 0 else { return false }
        guard linux_connect_unix(socket, path) == 0 else {
            Glibc.close(socket)
            return false
        }
        descriptor = socket
        return true
    }

    mutating func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
        (input, unsent) = ([], [])
    }

    /// Sends a frame, or keeps what the socket does not take.
    mutating func send(_ frame: [UInt8]) {
        unsent += frame
        flush()
    }

    mutating func flush() {
        guard descriptor >= 0, !unsent.isEmpty else { return }
        let sent = Glibc.send(descriptor, unsent, unsent.count, Int32(MSG_NOSIGNAL))
        if sent > 0 {
            unsent.removeFirst(sent)
        } else if errno != EAGAIN {
            close()
        }
    }

    /// Takes what has come, and hands out each whole answer; closes where the agent has.
    mutating func receive(_ body: (_ id: UInt64, _ verdict: UInt8, _ reason: UInt8, _ state: UInt8) -> Void) {
        var part = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &part, part.count, 0)
        guard count > 0 else {
            if count == 0 || errno != EAGAIN { close() }
            return
        }
        input += part[..<count]
        var start = 0
        input.withUnsafeBytes { bytes in
            while bytes.count - start >= WireLimits.headerBytes {
                let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self)))
                guard length >= WireLimits.headerBytes, bytes.count - start >= length else { break }
                if bytes[start + 5] == Operation.checkAnswer.rawValue, length >= WireLimits.headerBytes + 5 {
                    let id = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self))
                    body(id, bytes[start + 16], bytes[start + 17], bytes[start + 20])
                }
                start += length
            }
        }
        input.removeFirst(start)
    }
}
