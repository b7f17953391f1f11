/// Why a call got no answer. What it says of a server's reply is the server's, at most 128 bytes of it; never a secret.
package enum StoreTrouble: Error, Equatable, Sendable {
    /// LOADING, BUSY, TRYAGAIN: the server answers soon.
    case retrySoon(reply: String)
    /// READONLY, MASTERDOWN, CLUSTERDOWN, or a redirection that could not be followed: another node has to answer.
    case wrongNode(reply: String)
    /// NOAUTH, WRONGPASS, NOPERM, OOM, MISCONF, NOREPLICAS, WRONGTYPE: somebody has to change something.
    case operatorMustAct(reply: String)
    /// A reply that nobody expects; its first 64 bytes.
    case unknown(reply: String)
    /// No reply in time. The call may have run, or may run yet.
    case timedOut
    /// There is no connection; why. A call that was in flight may have run.
    case unreachable(reason: String)
    /// Too many calls wait already (`RedisConnection.maximumPending`, `LeaseStore.maximumWaiting`). The call was not sent.
    case overloaded

    /// As much of a reply as is kept.
    static let maximumText = 128
    static let maximumUnknownText = 64

    /// The class in one word, for a metric's label.
    package var label: String {
        switch self {
        case .retrySoon(let reply), .wrongNode(let reply), .operatorMustAct(let reply):
            String(reply.prefix { $0 != " " }).lowercased()
        case .unknown: "unknown"
        case .timedOut: "timeout"
        case .unreachable: "unreachable"
        case .overloaded: "overloaded"
        }
    }
}

extension StoreTrouble: CustomStringConvertible {
    /// The trouble in words.
    package var description: String {
        switch self {
        case .retrySoon(let reply), .wrongNode(let reply), .operatorMustAct(let reply): reply
        case .unknown(let reply): "unexpected reply: \(reply)"
        case .timedOut: "no reply in time"
        case .unreachable(let reason): "unreachable: \(reason)"
        case .overloaded: "too many calls wait"
        }
    }
}
