/// Asks nginx for its build and its configuration.
enum NginxExamination {
    static func run(_ server: DoctorServer, _ places: DoctorPlaces) -> Examination {
        var program = places.program ?? server.rawValue
        let options = places.configuration.map { ["-c", $0] } ?? []
        var dump = ProgramOutput.of(program, ["-T"] + options)
        if !dump.isStarted, server == .openresty, places.program == nil {
            // Debian's nginx with its Lua module.
            program = "nginx"
            dump = ProgramOutput.of(program, ["-T"] + options)
        }
        guard dump.isStarted else { return .missing(server, .http, program) }
        let build = ProgramOutput.of(program, ["-V"]).complaint
        let configuration = NginxConfiguration(dump: dump.output)
        let lua = NginxLuaChecks.modules(configuration)
        let missing = lua.names.filter { !LuaText.isFound($0, places: lua.paths, exists: Machine.exists) }
        let facts = NginxFacts(
            build: build, isAccepted: dump.code == 0, complaint: dump.complaint, configuration: configuration,
            missingLuaModules: missing)
        // Of a configuration that is refused nothing is printed; its main file still says whose the workers are.
        let file = places.configuration ?? option("--conf-path", in: build) ?? ""
        let main = NginxConfiguration(dump: "# configuration file \(file):\n\(Machine.text(of: file) ?? "")")
        let user = (dump.code == 0 ? configuration : main).all("user").last?.arguments ?? []
        let pidFile =
            places.pidFile ?? configuration.all("pid").last?.arguments.first ?? option("--pid-path", in: build)
        // The Lua client speaks the native protocol.
        let asksWithLua = NginxLuaChecks.isUsed(facts) && configuration.all("auth_request").isEmpty
        return Examination(
            door: asksWithLua ? .native : .http,
            socket: asksWithLua ? NginxLuaChecks.socket(facts) : NginxChecks.socket(facts),
            user: places.user ?? user.first ?? option("--user", in: build) ?? "nobody", group: user.dropFirst().first,
            workers: Machine.processes(named: "nginx", master: pidFile), findings: NginxChecks.findings(facts))
    }

    /// The value of an option of the build: `--pid-path=/run/nginx.pid`.
    private static func option(_ name: String, in build: String) -> String? {
        build.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("\(name)=") }.map {
            String($0.dropFirst(name.count + 1))
        }
    }
}
