/// Reads HAProxy's configuration and its engines', and looks at its workers.
enum HAProxyExamination {
    /// Where units and their drop-ins are.
    private static let units = [
        "/usr/lib/systemd/system", "/lib/systemd/system", "/run/systemd/system", "/etc/systemd/system",
    ]

    static func run(_ places: DoctorPlaces) -> Examination {
        let program = places.program ?? "haproxy"
        let file = places.configuration ?? "/etc/haproxy/haproxy.cfg"
        let version = ProgramOutput.of(program, ["-v"])
        guard version.isStarted else { return .missing(.haproxy, .spoe, program) }
        guard let text = Machine.text(of: file) else {
            return Examination(
                door: .spoe, user: places.user ?? "haproxy", keepsGroups: false,
                findings: [
                    .trouble(
                        "haproxy-configuration", "\(file) cannot be read",
                        fix: "run this as root, or name the file: weir doctor haproxy --config FILE")
                ])
        }
        var configuration = HAProxyConfiguration()
        configuration.read(text, file: file)
        let check = ProgramOutput.of(program, ["-c", "-f", file])
        var facts = HAProxyFacts(
            version: ProgramVersion(in: version.output), complaint: check.code > 0 ? firstAlert(check) : nil,
            configuration: configuration, engines: engines(configuration), bindPaths: bindPaths())
        facts.workers = Machine.processes(
            named: "haproxy", master: places.pidFile ?? configuration.global("pidfile") ?? "/run/haproxy.pid",
            socket: facts.engine?.socketPath)
        // The master stays where it was; its workers go to the chroot.
        let user = places.user ?? configuration.global("user") ?? "root"
        let number = Machine.user(named: user)?.user
        facts.workers = facts.workers.filter { $0.user == number }
        return Examination(
            door: .spoe, socket: facts.engine?.socketPath, user: user, group: configuration.global("group"),
            keepsGroups: false, workers: facts.workers, findings: HAProxyChecks.findings(facts))
    }

    private static func engines(_ configuration: HAProxyConfiguration) -> [String: HAProxyConfiguration] {
        var engines: [String: HAProxyConfiguration] = [:]
        for line in configuration.sections.flatMap(\.lines) where line.begins("filter", "spoe") {
            guard let path = line.value(of: "config"), let text = Machine.text(of: path) else { continue }
            var engine = HAProxyConfiguration()
            engine.read(text, file: path)
            engines[path] = engine
        }
        return engines
    }

    private static func firstAlert(_ check: ProgramOutput) -> String {
        let lines = (check.complaint + check.output).split(separator: "\n")
        return (lines.first { $0.contains("[ALERT]") } ?? lines.first).map(String.init) ?? "it does not say why"
    }

    private static func bindPaths() -> [String] {
        units.flatMap { directory in
            ["\(directory)/haproxy.service"] + Machine.files(in: "\(directory)/haproxy.service.d", ending: ".conf")
        }.compactMap { Machine.text(of: $0) }.flatMap { $0.split(separator: "\n") }.flatMap { line -> [String] in
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0] == "BindPaths" || parts[0] == "BindReadOnlyPaths" else { return [] }
            return parts[1].split(whereSeparator: \.isWhitespace).map(String.init)
        }
    }
}
