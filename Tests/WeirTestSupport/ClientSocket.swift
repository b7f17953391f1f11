import Foundation

/// A blocking connection for tests: to a Unix socket or a loopback port, with a deadline on every read.
package final class ClientSocket: @unchecked Sendable {
    // One test uses it at a time.

    private let descriptor: Int32

    /// Connects; throws with the system's reason.
    package init(unix path: String, seconds: Int = 5) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8.prefix(107))) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        // What throws here is closed by `deinit`: every property has its value.
        guard result == 0 else { throw Unreachable(reason: String(cString: strerror(errno))) }
        setDeadline(seconds)
    }

    package init(port: Int, seconds: Int = 5) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Unreachable(reason: String(cString: strerror(errno))) }
        setDeadline(seconds)
    }

    deinit { close(descriptor) }

    package struct Unreachable: Error {
        package let reason: String
    }

    private func setDeadline(_ seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Makes the kernel's buffers small, so that a reader who does not read is felt soon.
    package func shrinkBuffers() {
        var size: Int32 = 4_096
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, 4)
    }

    /// Sends everything; false when the other side is gone or does not take it in time.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let sent = bytes[offset...].withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent <= 0 { return false }
            offset += sent
        }
        return true
    }

    @discardableResult
    package func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// What has come, at most so many bytes; empty at the end, nil when nothing came in time.
    package func receive(_ count: Int = 65_536) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: count)
        let received = recv(descriptor, &buffer, count, 0)
        if received < 0 { return errno == EAGAIN ? nil : [] }
        return Array(buffer[..<received])
    }

    /// What comes within so many seconds; nil for nothing, empty at the end.
    package func receive(within seconds: Double) -> [UInt8]? {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&poller, 1, Int32(seconds * 1_000)) == 0 ? nil : receive()
    }

    /// Exactly so many bytes, or nil.
    package func receive(exactly count: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard let more = receive(count - bytes.count), !more.isEmpty else { return nil }
            bytes += more
        }
        return bytes
    }

    /// Everything until the other side closes; nil when it does not in time.
    package func receiveAll() -> [UInt8]? {
        var bytes: [UInt8] = []
        while true {
            guard let more = receive() else { return nil }
            if more.isEmpty { return bytes }
            bytes += more
        }
    }

    /// A frame of the native protocol: its length is in its first four bytes.
    package func receiveFrame() -> [UInt8]? {
        guard let head = receive(exactly: 4) else { return nil }
        let length = head.enumerated().reduce(0) { $0 | Int($1.element) << ($1.offset * 8) }
        guard length >= 16, let rest = receive(exactly: length - 4) else { return nil }
        return head + rest
    }

    /// An HTTP response with its body by Content-Length.
    package func receiveResponse() -> HTTPReply? {
        var bytes: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        while !bytes.suffix(4).elementsEqual(end) {
            guard let more = receive(1), !more.isEmpty else { return nil }
            bytes += more
        }
        guard var reply = HTTPReply(head: String(decoding: bytes, as: UTF8.self)) else { return nil }
        if let length = reply["Content-Length"].flatMap({ Int($0) }), length > 0 {
            guard let body = receive(exactly: length) else { return nil }
            reply.body = String(decoding: body, as: UTF8.self)
        }
        return reply
    }
}
