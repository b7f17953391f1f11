import Glibc
import WeirCore
import WeirSettings

/// What the agent prints when it is up.
struct Banner {
    let settings: AgentSettings
    let policy: Policy
    let adminPort: Int?
    /// Where the shared store is, without its secrets; nil where nothing is shared.
    var store: String?
    /// What is sold, where keys are decided on.
    var contracts: ContractStatus.State?

    var text: String {
        let usage =
            settings.collectorURL.isEmpty
            ? "usage in \(settings.stateDirectory) (no WEIR_COLLECTOR_URL)"
            : "usage to \(settings.collectorURL)"
        let counters = store.map { "limits shared through \($0)" } ?? "local counters (no WEIR_REDIS_URL)"
        var lines = ["\(AgentVersion.name) · \(counters) · \(usage)"]
        lines += rules
        if let contracts {
            lines.append(
                contracts.source == .none
                    ? (contracts.lacksOffers
                        ? "  keys    no policy yet: every request is denied until the collector answers"
                        : "  keys    the collector sells nothing yet")
                    : "  keys    policy \(contracts.version) from \(contracts.source.rawValue): \(contracts.products) products,"
                        + " \(contracts.plans) plans, \(contracts.keys) keys")
        }
        if !settings.socket.isEmpty { lines.append("  native  \(Self.described(settings.socket))") }
        if !settings.httpSocket.isEmpty { lines.append("  http    \(Self.described(settings.httpSocket))") }
        if !settings.checkSocket.isEmpty { lines.append("  check   \(Self.described(settings.checkSocket))") }
        if !settings.spoeSocket.isEmpty { lines.append("  spoe    \(Self.described(settings.spoeSocket))") }
        if !settings.spoeAbstract.isEmpty { lines.append("  spoe    abns@\(settings.spoeAbstract)") }
        if !settings.logSocket.isEmpty { lines.append("  logs    \(Self.described(settings.logSocket))") }
        if let address = settings.httpListen { lines.append("  http    http://\(address)") }
        if let adminPort, let address = settings.adminListen {
            lines.append("  admin   http://\(ListenAddress(host: address.host, port: UInt16(clamping: adminPort)))")
        }
        lines.append("Try it:  weir check ip=192.0.2.1")
        return lines.joined(separator: "\n")
    }

    /// At most five of them: a policy of a thousand rules is read elsewhere.
    private var rules: [String] {
        let limits = policy.limits
        let isDefault = settings.limits.isEmpty && settings.policy.isEmpty
        let hint = isDefault ? "      change it with WEIR_LIMITS or WEIR_POLICY" : ""
        if limits.isEmpty { return ["  rule    none: every request passes      set WEIR_LIMITS or WEIR_POLICY"] }
        var lines = limits.prefix(5).map { "  rule    \($0.name): \($0.limit)\(hint)" }
        if limits.count > 5 { lines.append("          and \(limits.count - 5) more: weir status") }
        if settings.enforce != .on { lines.append("  rule    not enforced: WEIR_ENFORCE=\(settings.enforce.rawValue)") }
        return lines
    }

    /// A socket's path, rights, owner and group as they are on disk.
    private static func described(_ path: String) -> String {
        var info = stat()
        guard stat(path, &info) == 0 else { return path }
        let digits = String(info.st_mode & 0o777, radix: 8)
        let mode = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        let user = getpwuid(info.st_uid).map { String(cString: $0.pointee.pw_name) } ?? "\(info.st_uid)"
        let group = getgrgid(info.st_gid).map { String(cString: $0.pointee.gr_name) } ?? "\(info.st_gid)"
        return "\(path)  \(mode) \(user):\(group)"
    }
}
