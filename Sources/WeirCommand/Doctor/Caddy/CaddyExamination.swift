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
            caddyfile: blocks(text, file: file, depth: 0))
        return Examination(
            door: .http, socket: facts.socketPath, user: user,
            workers: Machine.processes(named: "caddy", master: places.pidFile),
            findings: CaddyChecks.findings(facts))
    }

    /// Files that import each other; Caddy itself refuses circles.
    private static let maximumDepth = 8

    /// The blocks of a file, and behind them those of the files that it imports: which site has which is for Caddy to know.
    private static func blocks(_ text: String, file: String, depth: Int) -> [CaddyfileBlock] {
        let own = CaddyfileBlock.read(text, file: file)
        guard depth < maximumDepth else { return own }
        let directory = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        var patterns: [String] = []
        for block in own {
            block.walk { if $0.words.first == "import", $0.words.count > 1 { patterns.append($0.words[1]) } }
        }
        // A name without a place is a snippet's.
        let paths = patterns.filter { $0.contains("/") || $0.contains("*") || $0.contains(".") }.uniqued.flatMap {
            Machine.files(matching: $0.hasPrefix("/") ? $0 : "\(directory)/\($0)")
        }
        return own
            + paths.flatMap { path in Machine.text(of: path).map { blocks($0, file: path, depth: depth + 1) } ?? [] }
    }
}
