import Foundation
import Synchronization

/// Ports below those that the kernel gives to outgoing connections (32768 and up): one of theirs could be taken
/// between the question and the server's start, by any client of any test, or by a client of that very port, which
/// then talks to itself. Each test process begins elsewhere, and gives no port twice until all were given.
private let ports = 20_000..<32_000
private let next = Mutex(Int(getpid()) &* 613 % ports.count)

/// A loopback port that nobody listens on at the moment.
package func freePort() -> Int {
    for _ in ports {
        let port = next.withLock { place in
            place = (place + 1) % ports.count
            return ports.lowerBound + place
        }
        if isFree(port) { return port }
    }
    fatalError("every port from \(ports.lowerBound) to \(ports.upperBound - 1) is taken")
}

private func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
            bind(descriptor, raw, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}
