/// Why a client got no answer.
public enum WeirClientError: Error, Equatable, Sendable {
    /// Nobody listens on the socket, or it may not be used; the system's reason.
    case unreachable(path: String, reason: String)
    /// The request cannot be sent; which part of it is wrong.
    case invalidRequest(String)
    /// The answer did not come in time. The check may have been decided.
    case timeout
    /// The connection ended before the answer came.
    case closed
    /// The agent refused the frame; its words.
    case refused(String)
    /// The answer is not what the protocol says.
    case protocolViolation(String)
}

extension WeirClientError: CustomStringConvertible {
    /// The error in words.
    public var description: String {
        switch self {
        case .unreachable(let path, let reason): "no agent at \(path): \(reason)"
        case .invalidRequest(let why): why
        case .timeout: "the agent did not answer in time"
        case .closed: "the agent closed the connection"
        case .refused(let why): "the agent refused the request: \(why)"
        case .protocolViolation(let why): "the agent's answer was not understood: \(why)"
        }
    }
}
