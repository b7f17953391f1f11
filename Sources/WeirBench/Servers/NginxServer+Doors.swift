extension NginxServer {
    /// With the shipped `auth_request` configuration, to the agent and to a stub.
    ///
    /// - Parameters:
    ///   - agent: the agent's HTTP socket.
    ///   - stub: the stub's.
    static func asking(_ programs: BenchPrograms, agent: String, stub: String) throws(BenchFailure) -> NginxServer {
        var files: [String: String] = [:]
        for name in ["upstream.conf", "server.conf", "protect.conf"] {
            let shipped = try programs.shipped("nginx/\(name)")
            files["agent-\(name)"] = shipped.replacing("/run/weir/http.sock", with: agent)
            // The same again under another name, so that only what answers is different.
            let renamed = shipped.replacing("/run/weir/http.sock", with: "SOCKET").replacing("weir", with: "stub")
            files["stub-\(name)"] = renamed.replacing("SOCKET", with: stub)
        }
        var parts = plain
        for (door, name) in [(WebDoor.stub, "stub"), (.agent, "agent")] {
            parts[door] = Part(
                server: "include DIRECTORY/\(name)-server.conf;", location: "include DIRECTORY/\(name)-protect.conf;")
        }
        return try NginxServer(
            programs, files: files,
            http: "include DIRECTORY/agent-upstream.conf;\n    include DIRECTORY/stub-upstream.conf;", parts: parts)
    }

    /// With the shipped Lua configuration, to one native socket, behind one door; the doors without a limiter beside it.
    static func scripted(
        _ programs: BenchPrograms, asks socket: String, behind door: WebDoor
    ) throws(BenchFailure) -> NginxServer {
        var files: [String: String] = [:]
        files["http.conf"] = try programs.shipped("openresty/http.conf")
            .replacing("/usr/share/weir/lua", with: programs.luaClient).replacing("/run/weir/agent.sock", with: socket)
        files["protect.conf"] = try programs.shipped("openresty/protect.conf")
        var parts = plain
        parts[door] = Part(location: "include DIRECTORY/protect.conf;")
        let modules = ["ndk_http_module.so", "ngx_http_lua_module.so"].map {
            "load_module \(programs.nginxModules)/\($0);"
        }
        return try NginxServer(
            programs, modules: modules.joined(separator: "\n"), files: files, http: "include DIRECTORY/http.conf;",
            parts: parts)
    }
}
