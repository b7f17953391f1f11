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
        case ChannelError.connectTimeout: return "connecting took too long"
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            // "… Couldn't find NAME in certificate from peer", where an address has no name.
            let words = "\(error)".split(separator: " ").drop { $0 != "find" }.dropFirst()
            let name = words.first.flatMap { $0 == "<none>" ? nil : $0 } ?? "the address"
            return "TLS: the server's certificate is not for \(name); write its name in the URL, or set the server name"
        default: return tls("\(error)")
        }
    }

    /// What BoringSSL's errors, which say only numbers and words in capitals, come from.
    private static let causes = [
        (
            "CERTIFICATE_VERIFY_FAILED",
            "the server's certificate is signed by no authority of the CA file, or not valid now"
        ),
        ("CERTIFICATE_REQUIRED", "the server asks for a client certificate; set certificate and key file"),
        ("HANDSHAKE_FAILURE", "the server refuses the handshake; does it ask for a client certificate?"),
        ("UNKNOWN_CA", "the server does not know the authority of the client certificate"),
        ("BAD_CERTIFICATE", "the server refuses the client certificate"),
        ("WRONG_VERSION_NUMBER", "the server does not speak TLS on this port; write redis://"),
    ]

    private static func tls(_ text: String) -> String {
        if let cause = causes.first(where: { text.contains($0.0) }) { return "TLS: \(cause.1)" }
        if text.contains("uncleanShutdown") || text.contains("eofDuringHandshake") {
            return "the server closed the connection"
        }
        return "the connection broke: \(text.prefix(120))"
    }
}
