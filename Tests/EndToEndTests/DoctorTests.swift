import Foundation
import Testing
import WeirTestSupport

/// `weir doctor` with the real servers: each trap is made and found, each fix made and the trap gone.
@Suite struct DoctorTests {
    private struct Report: Decodable {
        struct Finding: Decodable {
            var id: String
            var verdict: String
            var text: String
            var fix: String?
        }
        var isWell: Bool
        var findings: [Finding]

        var troubles: [String] { findings.filter { $0.verdict == "trouble" }.map(\.id) }
        subscript(id: String) -> Finding? { findings.last { $0.id == id } }
    }

    /// Asks the doctor about a server with a configuration in the directory.
    private func doctor(
        _ server: String, _ arguments: [String], _ environment: [String: String], in directory: TemporaryDirectory
    ) throws -> Report {
        let program = try RunningProgram(
            Programs.weir, ["doctor", server, "--json"] + arguments, environment: environment, in: directory)
        let code = program.wait(seconds: 30)
        let report = try JSONDecoder().decode(Report.self, from: Data(program.log.utf8))
        #expect(code == (report.isWell ? 0 : 1))
        #expect(report.isWell == report.troubles.isEmpty)
        // Whatever is wrong has a fix.
        #expect(report.findings.allSatisfy { $0.verdict != "trouble" || $0.fix?.isEmpty == false })
        return report
    }

    private func environment(_ directory: TemporaryDirectory, admin: Int = 1) -> [String: String] {
        AgentUnderTest.environment(directory, admin)
    }

    // MARK: nginx

    private func writeNginx(
        in directory: TemporaryDirectory, port: Int = 0, before: String = "", http: String = "",
        location: String? = nil,
        change: (String) -> String = { $0 }
    ) throws -> String {
        for part in ["upstream.conf", "server.conf", "protect.conf"] {
            let text = try String(contentsOfFile: "\(Programs.repository)/deploy/nginx/\(part)", encoding: .utf8)
            try directory.write(
                part,
                change(text.replacingOccurrences(of: "/run/weir/http.sock", with: directory.file("run/http.sock"))))
        }
        return try directory.write(
            "nginx.conf",
            """
            daemon off;
            user www-data;
            worker_processes 1;
            pid \(directory.file("nginx.pid"));
            error_log \(directory.file("error.log"));
            \(before)
            events { worker_connections 64; }
            http {
                access_log off;
                client_body_temp_path \(directory.file("body"));
                proxy_temp_path \(directory.file("proxy"));
                fastcgi_temp_path \(directory.file("fastcgi"));
                uwsgi_temp_path \(directory.file("uwsgi"));
                scgi_temp_path \(directory.file("scgi"));
                \(http)
                \(location == nil ? "include upstream.conf;" : "")
                server {
                    listen 127.0.0.1:\(port == 0 ? freePort() : port);
                    \(location == nil ? "include server.conf;" : "")
                    location / { \(location ?? "include protect.conf;") root /var/empty; }
                }
            }
            """)
    }

    @Test func nginxsWayToTheAgentIsLookedAt() throws {
        let directory = try TemporaryDirectory()
        let port = freePort()
        let configuration = try writeNginx(in: directory, port: port)
        func ask() throws -> Report {
            try doctor("nginx", ["--config", configuration], environment(directory), in: directory)
        }
        #expect(try ask().troubles == ["agent-answers"])
        #expect(try ask()["agent-answers"]?.fix == "start weir-agent, or set WEIR_HTTP_SOCKET")

        let closed = try AgentUnderTest(in: directory)
        let rights = try ask()
        #expect(rights.troubles == ["socket-rights"])
        #expect(
            rights["socket-rights"]?.text.contains(
                "www-data may not write to \(directory.file("run/http.sock")) (0660 group root)") == true)
        #expect(rights["agent-answers"]?.verdict == "ok")
        closed.program.send(SIGTERM)
        #expect(closed.program.wait() == 0)

        let agent = try AgentUnderTest(["WEIR_SOCKET_GROUP": "www-data"], in: directory)
        let nginx = try RunningProgram("nginx", ["-p", directory.path, "-c", configuration], in: directory)
        #expect(eventually { (try? ClientSocket(port: port)) != nil }, "\(nginx.log)")
        // The running workers are looked at, too.
        #expect(eventually { (try? ask())?["server-groups"]?.verdict == "ok" })
        let well = try ask()
        #expect(well.isWell, "\(well)")
        #expect(well.findings.filter { $0.verdict != "ok" }.isEmpty)

        agent.program.stop()
        let hung = try doctor(
            "nginx", ["--config", configuration, "--timeout", "100"], environment(directory), in: directory)
        #expect(hung.troubles == ["agent-answers"])
        agent.program.send(SIGCONT)
        #expect(try ask().isWell)

        agent.program.send(SIGTERM)
        #expect(agent.program.wait() == 0)
        let picky = try AgentUnderTest(["WEIR_SOCKET_GROUP": "www-data", "WEIR_PEERS": "0"], in: directory)
        let refused = try doctor(
            "nginx", ["--config", configuration], environment(directory, admin: picky.adminPort), in: directory)
        #expect(refused.troubles == ["peers"])
    }

    @Test func nginxsTrapsGoWithTheirFixes() throws {
        let agent = try AgentUnderTest(["WEIR_SOCKET_GROUP": "www-data"])
        let directory = agent.directory
        func ask(_ configuration: String, _ server: String = "nginx") throws -> Report {
            try doctor(
                server, ["--config", configuration, "--program", "nginx"], environment(directory), in: directory)
        }
        for (part, id) in [
            ("proxy_http_version 1.1;", "nginx-http-version"), ("keepalive 16;", "nginx-keepalive"),
            ("proxy_pass_request_headers off;", "nginx-client-headers"), ("auth_request /_weir;", "nginx-auth-request"),
        ] {
            let trapped = try ask(try writeNginx(in: directory) { $0.replacingOccurrences(of: part, with: "") })
            #expect(trapped.troubles == [id])
        }
        #expect(try ask(try writeNginx(in: directory)).isWell)
        // A file that nginx does not take.
        let wrong = try ask(try writeNginx(in: directory, http: "proxy_read_timeot 1s;"))
        #expect(wrong.troubles == ["nginx-configuration"])
        #expect(wrong["nginx-configuration"]?.text.contains("proxy_read_timeot") == true)
        // Lua without its module, then with it, then with the client in its place.
        let lua = "access_by_lua_block { require(\"weirtest.client\").check() }"
        let without = try ask(try writeNginx(in: directory, location: lua), "openresty")
        #expect(without.troubles == ["nginx-module"])
        #expect(without["nginx-module"]?.fix?.contains("libnginx-mod-http-lua") == true)
        let modules = ["ndk_http_module", "ngx_http_lua_module"].map { "load_module /usr/lib/nginx/modules/\($0).so;" }
            .joined(separator: " ")
        let search = "lua_package_path \"\(directory.path)/?.lua;;\"; lua_socket_log_errors off;"
        func luaReport() throws -> Report {
            try ask(try writeNginx(in: directory, before: modules, http: search, location: lua), "openresty")
        }
        #expect(try luaReport().troubles.contains("nginx-lua-path"))
        try FileManager.default.createDirectory(atPath: directory.file("weirtest"), withIntermediateDirectories: true)
        try directory.write("weirtest/client.lua", "return {}")
        #expect(try luaReport().isWell)
    }

    // MARK: HAProxy

    /// Answers HAProxy's hellos as the agent's SPOE door does.
    private static let speaker = """
        import os, socket, sys
        path, group = sys.argv[1], int(sys.argv[2])
        hello = bytes.fromhex("00000036650000000100000776657273696f6e0803322e300e6d61782d6672616d652d73697a6503fcf0060c6361706162696c69746965730800")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        os.chmod(path, 0o660)
        os.chown(path, -1, group)
        listener.listen(64)
        print("ready", flush=True)
        while True:
            client = listener.accept()[0]
            if client.recv(4096):
                client.sendall(hello)
            client.close()
        """

    private func writeHAProxy(
        in directory: TemporaryDirectory, global: String = "", change: (String) -> String = { $0 }
    ) throws -> String {
        try directory.write(
            "spoe-weir.cfg",
            change(
                """
                [weir]
                spoe-agent weir-agent
                    groups weir-request
                    option var-prefix weir
                    option set-on-error error
                    option continue-on-error
                    timeout hello 100ms
                    timeout idle 1m
                    timeout processing 20ms
                    use-backend weir-agent
                spoe-message weir-check
                    args method=method path=path src=src
                spoe-group weir-request
                    messages weir-check

                """))
        return try directory.write(
            "haproxy.cfg",
            change(
                """
                global
                    user haproxy
                    group haproxy
                    pidfile \(directory.file("haproxy.pid"))
                    \(global)
                defaults
                    mode http
                    timeout connect 1s
                    timeout client 10s
                    timeout server 10s
                frontend www
                    bind 127.0.0.1:\(freePort())
                    filter spoe engine weir config \(directory.file("spoe-weir.cfg"))
                    http-request send-spoe-group weir weir-request
                    http-request return status 429 if { var(txn.weir.deny) -m bool }
                    http-request return status 200
                backend weir-agent
                    mode tcp
                    option spop-check
                    timeout connect 100ms
                    timeout server 3m
                    server a1 unix@\(directory.file("run/spoe.sock")) check inter 1s fall 1 rise 1

                """))
    }

    /// A door of HAProxy's at the usual place, whose socket belongs to this group.
    private func speaker(group: gid_t, in directory: TemporaryDirectory) throws -> RunningProgram {
        try FileManager.default.createDirectory(atPath: directory.file("run"), withIntermediateDirectories: true)
        unlink(directory.file("run/spoe.sock"))
        let script = try directory.write("speaker.py", Self.speaker)
        let program = try RunningProgram(
            "/usr/bin/python3", [script, directory.file("run/spoe.sock"), "\(group)"], in: directory)
        try #require(eventually { program.log.contains("ready") }, "\(program.log)")
        return program
    }

    @Test func haproxysTrapsGoWithTheirFixes() throws {
        let directory = try TemporaryDirectory()
        func ask(_ configuration: String) throws -> Report {
            try doctor("haproxy", ["--config", configuration], environment(directory), in: directory)
        }
        let configuration = try writeHAProxy(in: directory)
        #expect(try ask(configuration).troubles == ["agent-answers"])
        // A group that haproxy may be in as often as it likes: it is not its primary one.
        let closed = try speaker(group: 33, in: directory)
        let rights = try ask(configuration)
        #expect(rights.troubles == ["socket-rights"])
        #expect(rights["socket-rights"]?.fix?.contains("primary group") == true)
        closed.kill()
        let haproxy = try #require(getgrnam("haproxy")).pointee.gr_gid
        let open = try speaker(group: haproxy, in: directory)
        let well = try ask(configuration)
        #expect(well.isWell, "\(well)")
        #expect(open.isRunning)
        for (part, instead, id) in [
            ("option spop-check", "", "haproxy-spop-check"), ("timeout processing 20ms", "", "haproxy-processing"),
            ("option continue-on-error", "", "haproxy-continue"), ("-m bool }", "-m bool false }", "haproxy-denial"),
            ("timeout server 3m", "", "haproxy-idle"),
        ] {
            let trapped = try ask(
                try writeHAProxy(in: directory) { $0.replacingOccurrences(of: part, with: instead) })
            #expect(trapped.troubles.contains(id), "\(id): \(trapped)")
        }
        let wrong = try ask(
            try writeHAProxy(in: directory) { $0.replacingOccurrences(of: "mode tcp", with: "mode tpc") })
        #expect(wrong["haproxy-configuration"]?.text.contains("[ALERT]") == true)
        #expect(try ask(try writeHAProxy(in: directory)).isWell)
    }

    @Test func aChrootHidesTheSocketUntilItIsBoundInto() throws {
        let directory = try TemporaryDirectory()
        let group = try #require(getgrnam("haproxy")).pointee.gr_gid
        let speaker = try speaker(group: group, in: directory)
        let inside = directory.file("chroot\(directory.path)/run")
        try FileManager.default.createDirectory(atPath: inside, withIntermediateDirectories: true)
        let configuration = try writeHAProxy(in: directory, global: "chroot \(directory.file("chroot"))")
        func ask() throws -> Report {
            try doctor("haproxy", ["--config", configuration], environment(directory), in: directory)
        }
        // By the configuration alone, then by what its workers see.
        #expect(try ask().troubles == ["haproxy-chroot"])
        #expect(try ask()["haproxy-chroot"]?.fix?.contains("BindPaths=") == true)
        let plain = try RunningProgram("haproxy", ["-W", "-db", "-f", configuration], in: directory)
        #expect(
            try eventually { try ask()["haproxy-chroot"]?.text.contains("workers have gone to") == true },
            "\(plain.log)")
        #expect(try ask().troubles == ["haproxy-chroot"])
        plain.send(SIGTERM)
        #expect(plain.wait() != nil)
        // As BindPaths= of the drop-in does it.
        let bound = try RunningProgram(
            "unshare",
            [
                "-m", "sh", "-c", "mount --bind \"$0\" \"$1\" && exec haproxy -W -db -f \"$2\"", directory.file("run"),
                inside,
                configuration,
            ], in: directory)
        #expect(try eventually { try ask().isWell }, "\(bound.log)")
        #expect(try ask()["haproxy-chroot"]?.text.hasPrefix("the socket is in HAProxy's chroot") == true)
        #expect(speaker.isRunning)
    }

    // MARK: Caddy

    @Test func caddysTrapsGoWithTheirFixes() throws {
        let agent = try AgentUnderTest(["WEIR_SOCKET_GROUP": "caddy"])
        let directory = agent.directory
        func ask(_ change: (String) -> String = { $0 }) throws -> Report {
            let file = try directory.write(
                "Caddyfile",
                change(
                    """
                    {
                        admin off
                    }
                    http://127.0.0.1:\(freePort()) {
                        forward_auth unix/\(agent.httpSocket) {
                            uri /forward
                            copy_headers RateLimit RateLimit-Policy
                            transport http {
                                dial_timeout 50ms
                                response_header_timeout 50ms
                            }
                        }
                        respond "the site"
                    }

                    """))
            return try doctor("caddy", ["--config", file], environment(directory), in: directory)
        }
        let well = try ask()
        #expect(well.isWell, "\(well)")
        #expect(well["socket-rights"]?.text.contains("caddy may use") == true)
        let copied = try ask { $0.replacingOccurrences(of: "RateLimit RateLimit-Policy", with: "X-Plan") }
        #expect(copied.troubles == ["caddy-copy-headers"])
        #expect(try ask { $0.replacingOccurrences(of: "dial_timeout 50ms", with: "") }.troubles == ["caddy-timeouts"])
        #expect(
            try ask { $0.replacingOccurrences(of: "/forward\n", with: "/check\n") }.troubles == ["caddy-forward-auth"])
        // In a file of its own, which the site imports.
        try FileManager.default.createDirectory(atPath: directory.file("weir"), withIntermediateDirectories: true)
        try directory.write(
            "weir/own.caddy", "(weir) {\n\tforward_auth unix/\(agent.httpSocket) {\n\t\turi /forward?\n\t}\n}\n")
        let site = try directory.write(
            "Sitefile", "import weir/*.caddy\nhttp://127.0.0.1:\(freePort()) {\n\timport weir\n\trespond x\n}\n")
        let imported = try doctor("caddy", ["--config", site], environment(directory), in: directory)
        #expect(imported.troubles == ["caddy-timeouts"])
        #expect(imported["caddy-timeouts"]?.text.hasPrefix("\(directory.file("weir/own.caddy")):2: ") == true)
        let wrong = try ask { $0.replacingOccurrences(of: "respond", with: "resopnd") }
        #expect(wrong.troubles == ["caddy-configuration"])
        #expect(wrong["caddy-configuration"]?.text.contains("resopnd") == true)
    }

    // MARK: Apache

    @Test func apachesTrapsGoWithTheirFixes() throws {
        let agent = try AgentUnderTest(["WEIR_SOCKET_GROUP": "www-data"])
        let directory = agent.directory
        func ask(lua: Bool = true, scope: String = "LuaScope thread") throws -> Report {
            try directory.write(
                "weir.conf",
                """
                \(scope)
                \(scope.isEmpty ? "" : "LuaPackagePath \(directory.file("lua"))/?.lua")
                LuaHookAccessChecker \(directory.file("weir_hook.lua")) weir_access

                """)
            let modules = ["mpm_event", "authz_core", "unixd"] + (lua ? ["lua"] : [])
            let file = try directory.write(
                "apache2.conf",
                modules.map { name in
                    let path = "/usr/lib/apache2/modules/mod_\(name).so"
                    // Some are compiled in.
                    return access(path, F_OK) == 0 ? "LoadModule \(name)_module \(path)\n" : ""
                }.joined() + """
                    ServerName test
                    Listen 127.0.0.1:\(freePort())
                    PidFile \(directory.file("apache2.pid"))
                    ErrorLog \(directory.file("error.log"))
                    User www-data
                    Group www-data
                    Include \(directory.file("weir.conf"))

                    """)
            return try doctor("apache", ["--config", file], environment(directory), in: directory)
        }
        let without = try ask(lua: false)
        #expect(without.troubles.contains("apache-module"))
        #expect(without["apache-module"]?.fix == "a2enmod lua, and restart apache2")
        #expect(try ask().troubles == ["apache-script"])
        let hook = "require \"weirtest.apache\"\nfunction weir_access(r) return apache2.DECLINED end"
        try directory.write("weir_hook.lua", hook)
        #expect(try ask().troubles == ["apache-lua-path"])
        try FileManager.default.createDirectory(
            atPath: directory.file("lua/weirtest"), withIntermediateDirectories: true)
        try directory.write("lua/weirtest/apache.lua", "return {}")
        let well = try ask()
        #expect(well.isWell, "\(well)")
        #expect(well["socket-rights"]?.text.contains("www-data may use \(agent.socket)") == true)
        #expect(try ask(scope: "LuaScope request").troubles == ["apache-scope"])
    }

    // MARK: What people read

    @Test func eachLineSaysWhatIsWrongAndWhatToDo() throws {
        let directory = try TemporaryDirectory()
        let configuration = try writeNginx(in: directory)
        let program = try RunningProgram(
            Programs.weir, ["doctor", "nginx", "--config", configuration], environment: environment(directory),
            in: directory)
        #expect(program.wait() == 1)
        #expect(
            program.log.hasPrefix(
                """
                trouble  agent-answers         \(directory.file("run/http.sock")): there is no socket
                         fix                   start weir-agent, or set WEIR_HTTP_SOCKET
                ok       nginx-configuration   nginx -T takes the configuration (nginx 1.
                """), "\(program.log)")
        let missing = try doctor("haproxy", ["--program", "/nowhere/haproxy"], environment(directory), in: directory)
        #expect(missing.troubles == ["haproxy-installed"])
        let unread = try doctor("caddy", ["--config", directory.file("none")], environment(directory), in: directory)
        #expect(unread.troubles.contains("caddy-configuration"))
        let server = try RunningProgram(Programs.weir, ["doctor", "lighttpd"], in: directory)
        #expect(server.wait() == 64)
    }
}
