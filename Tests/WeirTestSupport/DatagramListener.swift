import Foundation

/// A Unix datagram socket that a test listens on, open to every user, with a deadline on every read.
package final class DatagramListener: Sendable {
    private let descriptor: Int32

    package init(_ path: String, seconds: Int = 5) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8.prefix(107))) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0, chmod(path, 0o666) == 0 else {
            throw ClientSocket.Unreachable(reason: String(cString: strerror(errno)))
        }
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// One datagram; nil when none came in time.
    package func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let received = recv(descriptor, &buffer, buffer.count, 0)
        return received < 0 ? nil : Array(buffer[..<received])
    }
}
