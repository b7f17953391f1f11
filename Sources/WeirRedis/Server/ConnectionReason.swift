import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// Why a connection did not come about or broke, in words for an operator.
enum ConnectionReason {
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as IOError: return String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return text(first.error) }
            return "the name \(error.host) has no address"
        case is ChannelError: return "\(error)" == "connectTimeout" ? "connecting took too long" : channel(error)
        default: return tls(error)
        }
    }

    private static func channel(_ error: any Error) -> String {
        if case ChannelError.connectTimeout = error { return "connecting took too long" }
        return "the connection broke (\(error))"
    }

    private static func tls(_ error: any Error) -> String { String("\(error)".prefix(200)) }
}
