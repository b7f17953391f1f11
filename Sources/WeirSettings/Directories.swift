import Glibc

/// Where programs keep their files when no variable says so; the same for all of them, so that `weir` finds the agent.
package struct Directories: Equatable, Sendable {
    /// Sockets and hot tables: gone after a reboot.
    package let runtime: String
    /// Journals, databases and tokens: kept.
    package let state: String

    /// systemd's directories; else those of the system for root, and of the user for others.
    package init(environment: [String: String], isRoot: Bool = geteuid() == 0) {
        func first(_ name: String) -> String? {
            // systemd lists several apart by colons.
            environment[name]?.split(separator: ":").first.map(String.init)
        }
        let home = environment["HOME"] ?? "/tmp"
        let userState = "\(environment["XDG_STATE_HOME"] ?? "\(home)/.local/state")/weir"
        if let runtime = first("RUNTIME_DIRECTORY") {
            self.runtime = runtime
        } else if isRoot {
            runtime = "/run/weir"
        } else if let session = environment["XDG_RUNTIME_DIR"], !session.isEmpty {
            runtime = "\(session)/weir"
        } else {
            runtime = "\(userState)/run"
        }
        state = first("STATE_DIRECTORY") ?? (isRoot ? "/var/lib/weir" : userState)
    }
}
