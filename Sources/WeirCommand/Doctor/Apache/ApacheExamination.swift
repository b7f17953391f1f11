/// Asks Apache for its files, its modules and its user, and reads the files.
enum ApacheExamination {
    static func run(_ places: DoctorPlaces) -> Examination {
        // Debian's apache2ctl sets the variables that its configuration needs.
        var program = places.program ?? "apache2ctl"
        let options = places.configuration.map { ["-f", $0] } ?? []
        var check = ProgramOutput.of(program, options + ["-t"])
        if !check.isStarted, places.program == nil {
            program = "httpd"
            check = ProgramOutput.of(program, options + ["-t"])
        }
        guard check.isStarted else { return .missing(.apache, .native, program) }
        let files = ProgramOutput.of(program, options + ["-t", "-D", "DUMP_INCLUDES"]).output
        let modules = ProgramOutput.of(program, options + ["-M"]).output
        let running = ProgramOutput.of(program, options + ["-t", "-D", "DUMP_RUN_CFG"]).output
        var paths = files.split(separator: "\n").compactMap { line in
            line.split(whereSeparator: \.isWhitespace).last.map(String.init)
        }.filter { $0.hasPrefix("/") }
        // A configuration that is refused lists nothing.
        if paths.isEmpty { paths = [places.configuration ?? "/etc/apache2/apache2.conf"] }
        let lines = paths.uniqued.flatMap { path in
            Machine.text(of: path).map { ApacheFacts.lines($0, file: path) } ?? []
        }
        var facts = ApacheFacts(
            // The place, then what is wrong there.
            complaint: check.code == 0
                ? nil : check.complaint.split(separator: "\n").prefix(2).joined(separator: " "),
            modules: Set(modules.split(whereSeparator: \.isWhitespace).map(String.init)), lines: lines,
            hasLuaSocket: hasLuaSocket)
        facts.missingScripts = facts.scripts.filter { !Machine.exists($0) }
        let texts = facts.scripts.compactMap { Machine.text(of: $0) }
        let own = facts.scripts.compactMap { path in path.lastIndex(of: "/").map { "\(path[..<$0])/?.lua" } }
        facts.missingModules = texts.flatMap { LuaText.modules($0) }.uniqued.filter { module in
            !LuaText.isFound(module, places: facts.luaPlaces + own, exists: Machine.exists)
        }
        return Examination(
            door: .native, socket: texts.compactMap { LuaText.socket($0) }.first,
            user: places.user ?? user(in: running) ?? "www-data",
            workers: Machine.processes(named: "apache2", master: places.pidFile), findings: ApacheChecks.findings(facts)
        )
    }

    /// `User: name="www-data" id=33`.
    private static func user(in text: String) -> String? {
        let line = text.split(separator: "\n").first { $0.hasPrefix("User: name=") }
        return line?.split(separator: "\"").dropFirst().first.map(String.init)
    }

    private static var hasLuaSocket: Bool {
        ["5.1", "5.2", "5.3", "5.4"].contains { version in
            ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib"]
                .contains {
                    Machine.exists("\($0)/lua/\(version)/socket/unix.so")
                }
        }
    }
}
