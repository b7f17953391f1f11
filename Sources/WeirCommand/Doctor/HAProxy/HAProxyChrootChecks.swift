/// Debian's HAProxy lives in a chroot, where the agent's socket is not: it connects after it has gone there.
enum HAProxyChrootChecks {
    private static let fixes =
        "make the socket visible there: a drop-in for haproxy.service with BindPaths=/run/weir:/var/lib/haproxy/run/weir, or give the agent a padded abstract socket (abns@)"

    static func findings(_ engine: HAProxyFacts.Engine, _ facts: HAProxyFacts) -> [Finding] {
        let id = "haproxy-chroot"
        guard let address = engine.address else { return [] }
        if address.hasPrefix("abns@") || address.hasPrefix("abnsz@") {
            return [
                address.hasPrefix("abnsz@") && facts.version.isKnown && facts.version < ProgramVersion(3, 1, 0)
                    ? .trouble(
                        id, "abnsz@ needs HAProxy 3.1, this is \(facts.version)",
                        fix: "abns@NAME, which the agent binds with its padding")
                    : .ok(id, "abstract sockets pass the chroot")
            ]
        }
        guard let path = engine.socketPath else { return [] }
        guard let chroot = facts.configuration.global("chroot"), chroot != "/" else {
            return [.ok(id, "HAProxy has no chroot")]
        }
        // What a worker sees is the answer; without one, what its unit says.
        let seen = facts.workers.compactMap(\.findsSocket)
        if let first = seen.first {
            return [
                .check(
                    id, first, ok: "the socket is in HAProxy's chroot \(chroot)",
                    trouble: "HAProxy's workers have gone to \(chroot), where there is no \(path): every check fails",
                    fix: fixes)
            ]
        }
        let place = chroot + path
        let isBound = facts.bindPaths.contains { bind in
            let parts = bind.split(separator: ":").map { String($0.drop { $0 == "-" }) }
            let target = parts.count > 1 ? parts[1] : parts.first ?? ""
            return place == target || place.hasPrefix(target.hasSuffix("/") ? target : target + "/")
        }
        return [
            .check(
                id, isBound, ok: "haproxy.service binds the socket into its chroot \(chroot)",
                trouble: "\(engine.server?.place ?? ""): HAProxy goes to \(chroot), where there is no \(path)",
                fix: fixes)
        ]
    }
}
