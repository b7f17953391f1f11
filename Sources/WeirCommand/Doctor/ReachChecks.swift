/// Is the agent there, and does its socket let the server in? The same questions for every server.
package enum ReachChecks {
    /// Longer than this an answer should never take that was asked for on a machine at rest: servers wait for 20 to 50 ms.
    private static let slow: Duration = .milliseconds(10)

    /// - Parameters:
    ///   - server: whose configuration is looked at: `nginx`.
    ///   - user: whom its workers run as; nil where that user does not exist.
    ///   - keepsGroups: whether its workers keep supplementary groups.
    ///   - workers: those that run now.
    package static func findings(
        _ socket: SocketFacts, server: String, user: UserFacts?, userName: String, keepsGroups: Bool,
        workers: [ProcessFacts]
    ) -> [Finding] {
        guard !socket.path.isEmpty else {
            return [
                .trouble(
                    "agent-answers", "\(socket.door.variable)=off: \(server) has nobody to ask",
                    fix: "unset \(socket.door.variable)")
            ]
        }
        var findings = [answers(socket)]
        guard socket.way.last?.kind == .socket else { return findings }
        guard let user else {
            findings.append(
                .trouble(
                    "socket-rights", "there is no user \(userName)",
                    fix: "name the user of \(server)'s workers: weir doctor \(server) --user NAME"))
            return findings
        }
        let effective = keepsGroups ? user : user.withPrimaryGroupAlone
        findings.append(rights(socket, effective, named: user, server: server, keepsGroups: keepsGroups))
        if keepsGroups, let stale = staleGroups(socket, user, server, workers) { findings.append(stale) }
        if let peers = peers(socket, user) { findings.append(peers) }
        return findings
    }

    private static func answers(_ socket: SocketFacts) -> Finding {
        let id = "agent-answers"
        let time = Wording.duration(socket.answer.elapsed)
        if let trouble = socket.answer.trouble(of: socket.door) {
            return .trouble(id, "\(socket.path): \(trouble.what)", fix: trouble.fix)
        }
        if socket.door.takesDatagrams { return .ok(id, "the agent takes datagrams at \(socket.path)") }
        return .check(
            id, socket.answer.elapsed <= slow, ok: "the agent answers at \(socket.path) in \(time)",
            trouble: "the agent takes \(time) to answer at \(socket.path)",
            fix: "look at the machine's load and the agent's log: servers wait for 20 to 50 ms")
    }

    private static func rights(
        _ socket: SocketFacts, _ user: UserFacts, named: UserFacts, server: String, keepsGroups: Bool
    ) -> Finding {
        let id = "socket-rights"
        guard let obstacle = socket.way.first(where: { !$0.lets(user) }) else {
            return .ok(id, "\(user.name) may use \(socket.path) (\(socket.way.last?.rights ?? ""))")
        }
        guard obstacle.kind == .socket else {
            return .trouble(
                id, "\(user.name) may not pass \(obstacle.path) (\(obstacle.rights))",
                fix:
                    "chmod o+x \(obstacle.path), or set \(socket.door.variable) to a path in a directory such as /run/weir"
            )
        }
        let text = "\(user.name) may not write to \(obstacle.path) (\(obstacle.rights))"
        if !keepsGroups, obstacle.lets(named) {
            return .trouble(
                id, "\(text): \(server) drops supplementary groups, its primary group alone counts",
                fix:
                    "give the socket to its primary group (SocketGroup= of the socket unit, or WEIR_SOCKET_GROUP), or set group \(obstacle.groupName) in the global section"
            )
        }
        if !keepsGroups {
            return .trouble(
                id, text,
                fix:
                    "give the socket to \(server)'s primary group (SocketGroup= of the socket unit, or WEIR_SOCKET_GROUP), or set group \(obstacle.groupName) in the global section"
            )
        }
        return .trouble(
            id, text,
            fix:
                "usermod -aG \(obstacle.groupName) \(user.name) and restart \(server), or give the socket to \(user.name)'s group (WEIR_SOCKET_GROUP, or SocketGroup= of the socket unit)"
        )
    }

    /// A worker has the groups that its user had when the server was started.
    private static func staleGroups(
        _ socket: SocketFacts, _ user: UserFacts, _ server: String, _ workers: [ProcessFacts]
    ) -> Finding? {
        guard socket.way.allSatisfy({ $0.lets(user) }) else { return nil }
        let own = workers.filter { $0.user == user.user }
        guard !own.isEmpty else { return nil }
        let stale = own.first { worker in
            let asItRuns = UserFacts(
                name: user.name, user: worker.user, group: worker.group, otherGroups: worker.otherGroups)
            return !socket.way.allSatisfy { $0.lets(asItRuns) }
        }
        return .check(
            "server-groups", stale == nil, ok: "the running \(server) has the groups that it needs",
            trouble:
                "\(server) (process \(stale?.process ?? 0)) was started before \(user.name) was in the socket's group",
            fix: "restart \(server): a reload keeps the old groups")
    }

    private static func peers(_ socket: SocketFacts, _ user: UserFacts) -> Finding? {
        guard let peers = socket.peers, !peers.isEmpty else { return nil }
        let isNamed = peers.contains { $0 == user.name || $0 == "\(user.user)" }
        if isNamed { return .ok("peers", "WEIR_PEERS names \(user.name)") }
        if peers.contains(where: { $0.hasPrefix("@") }) {
            return .note("peers", "WEIR_PEERS does not name \(user.name): his primary group must be one of its @groups")
        }
        return .trouble(
            "peers", "WEIR_PEERS=\(peers.joined(separator: ",")) does not name \(user.name)",
            fix: "add \(user.name) to WEIR_PEERS, and restart the agent")
    }
}
