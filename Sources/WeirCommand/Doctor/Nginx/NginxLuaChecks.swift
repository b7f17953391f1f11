/// The traps of the Lua client in nginx and OpenResty.
package enum NginxLuaChecks {
    private static let phases = ["access_by_lua_block", "access_by_lua_file", "access_by_lua"]

    /// Whether Lua asks the agent: some phase's text, or the name of its file, speaks of Weir.
    static func isUsed(_ facts: NginxFacts) -> Bool {
        phases.contains { phase in facts.configuration.all(phase).contains { speaksOfWeir($0) } }
    }

    /// The path of the agent's socket that the client is given; nil where it is the default.
    static func socket(_ facts: NginxFacts) -> String? {
        var path: String?
        facts.configuration.walk { directive, _ in
            if directive.name.contains("_by_lua"), let given = LuaText.socket(directive.arguments.first ?? "") {
                path = given
            }
        }
        return path
    }

    /// The Lua modules of Weir's that blocks of Lua require, and the places where Lua looks for modules.
    package static func modules(_ configuration: NginxConfiguration) -> (names: [String], paths: [String]) {
        var names: [String] = []
        configuration.walk { directive, _ in
            guard directive.name.contains("_by_lua") else { return }
            names += LuaText.modules(directive.arguments.first ?? "")
        }
        let paths = configuration.all("lua_package_path").last?.arguments.first ?? ";;"
        // Two semicolons stand for LuaJIT's own places.
        let own = [
            "/usr/local/share/lua/5.1/?.lua", "/usr/share/lua/5.1/?.lua", "/usr/local/openresty/lualib/?.lua",
            "/usr/local/openresty/site/lualib/?.lua", "/usr/share/luajit-2.1.0-beta3/?.lua",
        ]
        return (names.uniqued, paths.split(separator: ";").map(String.init) + (paths.contains(";;") ? own : []))
    }

    static func findings(_ facts: NginxFacts) -> [Finding] {
        var findings = [
            Finding.check(
                "nginx-lua-path", facts.missingLuaModules.isEmpty, ok: "Lua finds Weir's client",
                trouble: "Lua does not find \(facts.missingLuaModules.joined(separator: ", ")): requests fail with 500",
                fix: "set lua_package_path to the directory of protocol/clients/lua, with /?.lua;; behind it")
        ]
        let quiet = facts.configuration.all("lua_socket_log_errors").contains { $0.arguments == ["off"] }
        if !quiet {
            findings.append(
                .note(
                    "nginx-lua-log", "nginx logs an error for each request while the agent is away",
                    fix: "lua_socket_log_errors off; in the http block"))
        }
        let isCached = !facts.configuration.all("lua_code_cache").contains { $0.arguments == ["off"] }
        findings.append(
            .check(
                "nginx-lua-cache", isCached, ok: "Lua keeps its code and its connections",
                trouble: "lua_code_cache is off: every request loads the client and connects anew",
                fix: "remove lua_code_cache off;"))
        return findings
    }

    private static func speaksOfWeir(_ directive: NginxDirective) -> Bool {
        directive.arguments.contains { $0.lowercased().contains("weir") }
    }
}
