import CLinux
import Glibc
import WeirSettings

/// A socket that the service manager has opened and passes on (`sd_listen_fds(3)`).
///
/// It owns the path and its rights, and clients that come while the agent is restarted wait in the socket's queue instead of
/// being refused. The agent takes it by its name (`FileDescriptorName=native`, `http`, `check` or `spoe`), else by its path, and
/// never removes its file.
struct PassedSocket: Equatable, Sendable {
    /// The first descriptor that is passed.
    private static let first: Int32 = 3
    /// Sockets that are taken.
    private static let maximum: Int32 = 16

    let role: SocketRole
    let number: Int32
    /// Its path; empty over TCP.
    let path: String

    /// Those that were passed to this process, made ready for the reactor.
    ///
    /// - Throws: for one that is none of the agent's, as its clients would wait for ever.
    static func all(_ settings: AgentSettings) throws(StartError) -> [PassedSocket] {
        guard let pid = variable("LISTEN_PID"), pid_t(pid) == getpid(), let text = variable("LISTEN_FDS") else {
            return []
        }
        guard let count = Int32(text), (0...maximum).contains(count) else {
            throw StartError("LISTEN_FDS=\(text): expected a number from 0 to \(maximum)")
        }
        let names = (variable("LISTEN_FDNAMES") ?? "").split(separator: ":", omittingEmptySubsequences: false)
        var sockets: [PassedSocket] = []
        for index in 0..<Int(count) {
            sockets.append(
                try PassedSocket(
                    first + Int32(index), name: index < names.count ? String(names[index]) : "", settings))
        }
        return sockets
    }

    private init(_ number: Int32, name: String, _ settings: AgentSettings) throws(StartError) {
        var place = [CChar](repeating: 0, count: 256)
        let kind = linux_listens_on(number, &place, place.count)
        path = String(decoding: place.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.number = number
        let described = "LISTEN_FDS: descriptor \(number)\(name.isEmpty ? "" : " (\(name))")"
        switch kind {
        case linux_listens_unix:
            guard !path.isEmpty else {
                throw StartError("\(described) has no path, so that no rights guard it: set ListenStream= to a path")
            }
            guard let role = Self.role(name, path, settings) else {
                throw StartError(
                    "\(described) at \(path) is not WEIR_SOCKET, WEIR_HTTP_SOCKET, WEIR_CHECK_SOCKET or WEIR_SPOE_SOCKET: set FileDescriptorName= to native, http, check or spoe"
                )
            }
            self.role = role
        case linux_listens_tcp:
            guard ![SocketRole.native, .check, .spoe].map(\.rawValue).contains(name) else {
                throw StartError("\(described) is a TCP socket: only the HTTP door is served over TCP")
            }
            role = .tcp
        default: throw StartError("\(described) is no stream socket that listens: set ListenStream=, and Accept=no")
        }
        guard linux_adopt(number) == 0 else { throw StartError("\(described) cannot be used: \(reason())") }
    }

    private static func role(_ name: String, _ path: String, _ settings: AgentSettings) -> SocketRole? {
        if let named = SocketRole(rawValue: name), named != .tcp { return named }
        switch path {
        case settings.socket: return .native
        case settings.httpSocket: return .http
        case settings.checkSocket: return .check
        case settings.spoeSocket: return .spoe
        default: return nil
        }
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// The settings with the paths of passed sockets in the place of those that are not bound.
    static func shown(_ settings: AgentSettings, _ passed: [PassedSocket]) -> AgentSettings {
        var shown = settings
        for socket in passed {
            switch socket.role {
            case .native: shown.socket = socket.path
            case .http: shown.httpSocket = socket.path
            case .check: shown.checkSocket = socket.path
            case .spoe: shown.spoeSocket = socket.path
            case .tcp: break
            }
        }
        return shown
    }
}
