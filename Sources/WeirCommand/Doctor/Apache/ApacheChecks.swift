/// The usual traps of mod_lua.
package enum ApacheChecks {
    package static func findings(_ facts: ApacheFacts) -> [Finding] {
        var findings: [Finding] = []
        if let complaint = facts.complaint {
            let lacksLua = complaint.contains("Invalid command 'Lua")
            findings.append(
                lacksLua
                    ? .trouble(
                        "apache-module", "Apache has no mod_lua: \(complaint)", fix: "a2enmod lua, and restart apache2")
                    : .trouble(
                        "apache-configuration", "Apache does not take the configuration: \(complaint)",
                        fix: "mend it (apache2ctl -t), or name another: weir doctor apache --config FILE"))
        }
        guard !facts.hooks.isEmpty else {
            guard facts.maps.isEmpty else {
                return findings + [
                    .note(
                        "apache-hook", "Apache asks the agent through a RewriteMap: one request at a time",
                        fix: "mod_lua asks over a connection of each thread (deploy/apache)")
                ]
            }
            return findings + [
                .trouble(
                    "apache-hook", "nothing asks the agent: there is no LuaHookAccessChecker of Weir's",
                    fix: "include deploy/apache's configuration in the site")
            ]
        }
        if facts.complaint == nil {
            findings.append(
                .check(
                    "apache-module", facts.modules.contains("lua_module"), ok: "Apache has mod_lua",
                    trouble: "Apache has no mod_lua", fix: "a2enmod lua, and restart apache2"))
        }
        findings.append(
            .check(
                "apache-script", facts.missingScripts.isEmpty, ok: "the hook's script is there",
                trouble: "there is no \(facts.missingScripts.joined(separator: ", ")): requests fail with 500",
                fix: "put the files of deploy/apache and protocol/clients/lua there"))
        findings.append(
            .check(
                "apache-lua-path", facts.missingModules.isEmpty, ok: "Lua finds Weir's client",
                trouble: "Lua does not find \(facts.missingModules.joined(separator: ", ")): requests fail with 500",
                fix: "LuaPackagePath with the directory of protocol/clients/lua and /?.lua behind it"))
        findings.append(
            .check(
                "apache-lua-socket", facts.hasLuaSocket, ok: "Lua has Unix sockets",
                trouble: "Lua has no Unix sockets: requests fail with 500", fix: "apt-get install lua-socket"))
        let scope = facts.all("LuaScope").last
        findings.append(
            .check(
                "apache-scope", ["thread", "server"].contains(scope?.words.dropFirst().first ?? ""),
                ok: "each thread keeps its connection to the agent",
                trouble:
                    "\(scope?.place ?? facts.hooks[0].place): Lua is begun anew for each request, and connects each time",
                fix: "LuaScope thread"))
        return findings
    }
}
