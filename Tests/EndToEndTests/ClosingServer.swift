import Foundation
import Synchronization

/// A site that is broken: it takes each connection and request, and closes without a word. It counts them.
final class ClosingServer: Sendable {
    let port: Int
    private let listener: Int32
    private let taken = Atomic<Int>(0)

    init() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                _ = bind(listener, raw, length)
                _ = getsockname(listener, raw, &length)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        listen(listener, 64)
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                var buffer = [UInt8](repeating: 0, count: 4_096)
                if recv(connection, &buffer, buffer.count, 0) > 0 { self?.taken.add(1, ordering: .relaxed) }
                close(connection)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// Requests that came.
    var requests: Int { taken.load(ordering: .relaxed) }
}
