/// Reads the Caddyfile, and asks Caddy whether it takes it.
enum CaddyExamination {
    static func run(_ places: DoctorPlaces) -> Examination {
        let program = places.program ?? "caddy"
        let file = places.configuration ?? "/etc/caddy/Caddyfile"
        let version = ProgramOutput.of(program, ["version"])
        guard version.isStarted else { return .missing(.caddy, .http, program) }
        let user = places.user ?? "caddy"
        guard let text = Machine.text(of: file) else {
            return Examination(
                door: .http, user: user,
                findings: [
                    .trouble(
                        "caddy-configuration", "\(file) cannot be read",
                        fix: "run this as root, or name the file: weir doctor caddy --config FILE")
                ])
        }
        let check = ProgramOutput.of(program, ["adapt", "--config", file, "--adapter", "caddyfile"])
        let complaint = check.complaint.split(separator: "\n").last { $0.hasPrefix("adapt:") || $0.hasPrefix("Error:") }
        let facts = CaddyFacts(
            version: ProgramVersion(in: version.output),
            complaint: check.code > 0 ? complaint.map(String.init) ?? "it does not say why" : nil, file: file,
            caddyfile: CaddyfileBlock.read(text))
        return Examination(
            door: .http, socket: facts.socketPath, user: user,
            workers: Machine.processes(named: "caddy", master: places.pidFile),
            findings: CaddyChecks.findings(facts))
    }
}
