import Glibc

/// The service manager that has started this process, as far as it wants to hear from it (`sd_notify(3)`): datagrams to the Unix
/// socket that `NOTIFY_SOCKET` names. Where there is none, nothing is said; and nobody ever waits for it.
package struct ServiceManager: Sendable {
    package enum News: Equatable, Sendable {
        /// Clients are served, whether for the first time or again behind a reload.
        case ready
        /// Settings are being read again; `ready` follows.
        case reloading
        case stopping
        /// The process does its work: without this for `WatchdogSec=`, it is ended and started again.
        case alive
        /// A line for people, which `systemctl status` shows.
        case status(String)

        var text: String {
            switch self {
            case .ready: "READY=1"
            case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(Self.monotonicMicroseconds)"
            case .stopping: "STOPPING=1"
            case .alive: "WATCHDOG=1"
            case .status(let line): "STATUS=\(line.split(separator: "\n").first ?? "")"
            }
        }

        /// The manager tells a reload's `ready` from an older one by this.
        private static var monotonicMicroseconds: Int64 {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
        }
    }

    /// Bytes of the longest path of a socket.
    private static let maximumPathBytes = 107

    /// Where it listens: a path, or an abstract name behind `@`; nil for nowhere.
    private let socketPath: String?
    /// How often `alive` is to be said at least (`WatchdogSec=` of the unit); nil for never.
    package let watchdog: Duration?

    /// - Parameter process: the number of this process; `WATCHDOG_PID` may name another.
    package init(environment: [String: String], process: Int32 = getpid()) {
        let path = environment["NOTIFY_SOCKET"] ?? ""
        let isPlace = (path.hasPrefix("/") || path.hasPrefix("@")) && path.utf8.count > 1
        socketPath = isPlace && path.utf8.count <= Self.maximumPathBytes ? path : nil
        let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(process)" } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdog = isMeant && socketPath != nil && microseconds > 0 ? .microseconds(microseconds) : nil
    }

    /// Says all of it in one datagram. What cannot be said is dropped: the manager is not there, or does not listen.
    package func tell(_ news: News...) {
        guard let socketPath else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(socketPath.utf8)
        if path[0] == UInt8(ascii: "@") { path[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        // An abstract name ends where the length says, and has no zero behind it.
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count + (path[0] == 0 ? 0 : 1))
        let bytes = Array(news.map(\.text).joined(separator: "\n").utf8)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                _ = bytes.withUnsafeBytes {
                    sendto(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT), place, length)
                }
            }
        }
    }
}
