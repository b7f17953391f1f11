import ArgumentParser

/// A web server that the doctor knows.
enum DoctorServer: String, CaseIterable, ExpressibleByArgument, Sendable {
    case nginx
    /// nginx with Lua.
    case openresty
    case haproxy
    case caddy
    case apache
}

/// What somebody may say where the doctor's guess is wrong.
struct DoctorPlaces: Sendable {
    var program: String?
    var configuration: String?
    var user: String?
    var pidFile: String?
}

/// What was found of a server, before the agent's socket is looked at.
struct Examination {
    /// Which door the server asks.
    var door: Door
    /// Where its configuration says that the door is; nil where it does not say.
    var socket: String?
    /// Whom its workers run as.
    var user: String
    /// The primary group that they are given, where it is not the user's own.
    var group: String?
    /// Whether they keep supplementary groups.
    var keepsGroups = true
    var workers: [ProcessFacts] = []
    var findings: [Finding]

    /// A server that is not there.
    static func missing(_ server: DoctorServer, _ door: Door, _ program: String) -> Examination {
        Examination(
            door: door, user: "",
            findings: [
                .trouble(
                    "\(server.rawValue)-installed", "there is no program \(program)",
                    fix:
                        "install \(server.rawValue), or name its program: weir doctor \(server.rawValue) --program PATH"
                )
            ])
    }
}
