import CLinux
import Glibc

/// Where a server listens.
package enum Endpoint: Sendable, CustomStringConvertible {
    case unix(String)
    case tcp(address: String, port: UInt16)

    package var description: String {
        switch self {
        case .unix(let path): path
        case .tcp(let address, let port): "\(address):\(port)"
        }
    }

    /// Connects and closes again: whether somebody listens.
    func probe() throws(BenchFailure) { close(try connect()) }

    /// A connected socket that never blocks; the caller closes it.
    func connect() throws(BenchFailure) -> Int32 {
        switch self {
        case .unix(let path):
            let descriptor = linux_unix_socket()
            if descriptor >= 0, linux_connect_unix(descriptor, path) == 0 { return descriptor }
            let failure = reason()
            if descriptor >= 0 { close(descriptor) }
            throw BenchFailure("cannot connect to \(path): \(failure)")
        case .tcp(let address, let port):
            let descriptor = linux_connect_tcp(address, port)
            guard descriptor >= 0 else { throw BenchFailure("cannot connect to \(self): \(reason())") }
            return descriptor
        }
    }
}

/// The system's words for `errno`.
func reason() -> String { String(cString: strerror(errno)) }
