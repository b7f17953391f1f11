import Foundation
import Testing
import WeirCommand
import WeirTestSupport

/// nginx's traps, from what `nginx -T` and `nginx -V` print.
@Suite struct NginxChecksTests {
    private static let build = "nginx version: nginx/1.22.1\nconfigure arguments: --with-http_auth_request_module"

    /// The configuration that is shipped, as `nginx -T` shows it; `change` makes a trap of it.
    private func findings(
        build: String = build, _ change: (String) -> String = { $0 }
    ) throws -> [Finding] {
        var dump = """
            # configuration file /etc/nginx/nginx.conf:
            user www-data;
            http {
                include weir/upstream.conf;
                include sites-enabled/*;
            }

            # configuration file /etc/nginx/sites-enabled/site:
            server {
                include weir/server.conf;
                location / {
                    include /etc/nginx/weir/protect.conf;
                    proxy_pass http://app;
                }
            }

            """
        for part in ["upstream.conf", "server.conf", "protect.conf"] {
            dump += "# configuration file /etc/nginx/weir/\(part):\n"
            dump += try String(contentsOfFile: "\(Programs.repository)/deploy/nginx/\(part)", encoding: .utf8) + "\n"
        }
        let changed = change(dump)
        return NginxChecks.findings(
            NginxFacts(
                build: build, isAccepted: true, complaint: "", configuration: NginxConfiguration(dump: changed)))
    }

    @Test func whatIsShippedHasNoTrap() throws {
        let findings = try findings()
        #expect(findings.troubles.isEmpty)
        #expect(findings.allSatisfy { $0.verdict == .ok }, "\(findings)")
        #expect(findings.count >= 10)
    }

    @Test(arguments: [
        ("auth_request /_weir;", "", "nginx-auth-request"),
        ("proxy_http_version 1.1;", "", "nginx-http-version"),
        ("proxy_set_header Connection \"\";", "", "nginx-connection"),
        ("keepalive 16;", "", "nginx-keepalive"),
        ("proxy_pass http://weir/nginx;", "proxy_pass http://unix:/run/weir/http.sock:/nginx;", "nginx-keepalive"),
        ("proxy_pass_request_headers off;", "", "nginx-client-headers"),
        ("proxy_pass_request_body off;", "", "nginx-body"),
        ("proxy_read_timeout 50ms;", "", "nginx-timeouts"),
        ("proxy_connect_timeout 50ms;", "proxy_connect_timeout 5s;", "nginx-timeouts"),
        ("proxy_intercept_errors on;", "", "nginx-fail-open"),
        ("    internal;\n    # Asked before", "    # Asked before", "nginx-internal"),
        ("error_page 403 = @weir_deny;", "", "nginx-denial"),
        ("location = /_weir {", "location = /_other {", "nginx-location"),
    ])
    func eachTrapIsFound(_ part: String, _ instead: String, _ id: String) throws {
        var isThere = false
        let findings = try findings { dump in
            isThere = dump.contains(part)
            return dump.replacingOccurrences(of: part, with: instead)
        }
        #expect(isThere)
        #expect(findings.troubles == [id])
        #expect(!findings.fix(id).isEmpty)
    }

    @Test func failingClosedIsSaidAndMayBeMeant() throws {
        let closed = try findings {
            $0.replacingOccurrences(of: "proxy_intercept_errors on;", with: "").replacingOccurrences(
                of: "error_page 500 502 503 504 = @weir_open;", with: "")
        }
        #expect(closed.troubles.isEmpty)
        #expect(closed["nginx-fail-open"] == .note)
        #expect(closed.text("nginx-fail-open").contains("fail closed"))
    }

    @Test func anotherAddHeaderHidesTheFields() throws {
        let hidden = try findings {
            $0.replacingOccurrences(
                of: "location / {",
                with: "location / { location /inner { add_header X-Other 1; proxy_pass http://app; }")
        }
        #expect(hidden["nginx-headers"] == .note)
        #expect(hidden.troubles.isEmpty)
    }

    @Test func whatIsInheritedCounts() throws {
        let moved = try findings {
            $0.replacingOccurrences(of: "    proxy_http_version 1.1;", with: "").replacingOccurrences(
                of: "http {\n", with: "http {\n    proxy_http_version 1.1;\n")
        }
        #expect(moved.troubles.isEmpty)
    }

    @Test func newerOnesKeepConnectionsByThemselves() throws {
        let new = try findings(
            build: "nginx version: nginx/1.30.6\nconfigure arguments: --with-http_auth_request_module"
        ) { $0.replacingOccurrences(of: "proxy_http_version 1.1;", with: "") }
        #expect(new.troubles.isEmpty)
    }

    @Test func aBuildWithoutTheModuleIsFound() throws {
        #expect(try findings(build: "nginx version: nginx/1.22.1").troubles == ["nginx-module"])
    }

    private func refused(_ complaint: String) -> [Finding] {
        NginxChecks.findings(
            NginxFacts(
                build: Self.build, isAccepted: false, complaint: complaint, configuration: NginxConfiguration(dump: ""))
        )
    }

    @Test func aRefusedConfigurationSaysWhichModuleIsMissing() {
        let lua = refused(
            "nginx: [emerg] unknown directive \"access_by_lua_block\" in /etc/nginx/nginx.conf:7\nnginx: failed")
        #expect(lua.troubles == ["nginx-module"])
        #expect(lua.fix("nginx-module").contains("libnginx-mod-http-lua"))
        #expect(
            refused("nginx: [emerg] unknown directive \"js_import\" in x:1").fix("nginx-module").contains("http-js"))
        let auth = NginxChecks.findings(
            NginxFacts(
                build: "nginx version: nginx/1.22.1", isAccepted: false,
                complaint: "nginx: [emerg] unknown directive \"auth_request\" in x:1",
                configuration: NginxConfiguration(dump: "")))
        #expect(auth.troubles == ["nginx-module"])
        let wrong = refused("nginx: [warn] x\nnginx: [emerg] unexpected end of file in /etc/nginx/nginx.conf:3")
        #expect(wrong.troubles == ["nginx-configuration"])
        #expect(wrong.text("nginx-configuration").contains("unexpected end of file"))
    }

    @Test func theLuaClientsTrapsAreFound() {
        func findings(_ http: String, missing: [String] = []) -> [Finding] {
            let configuration = NginxConfiguration(
                dump: """
                    # configuration file /n.conf:
                    http { \(http)
                      init_by_lua_block { weir = require("weir.nginx") if { then } = 1 }
                      server { location / { access_by_lua_block { weir.check() } proxy_pass http://app; } }
                    }
                    """)
            let modules = NginxLuaChecks.modules(configuration)
            #expect(modules.names == ["weir.nginx"])
            return NginxChecks.findings(
                NginxFacts(
                    build: Self.build, isAccepted: true, complaint: "", configuration: configuration,
                    missingLuaModules: missing))
        }
        let good = findings("lua_package_path \"/usr/share/weir/lua/?.lua;;\"; lua_socket_log_errors off;")
        #expect(good.allSatisfy { $0.verdict == .ok })
        #expect(findings("", missing: ["weir.nginx"]).troubles == ["nginx-lua-path"])
        #expect(findings("")["nginx-lua-log"] == .note)
        #expect(findings("lua_code_cache off;").troubles == ["nginx-lua-cache"])
    }

    @Test func theLexerReadsWhatNginxReads() {
        let configuration = NginxConfiguration(
            dump: """
                # configuration file /n.conf:
                a "x;\\"y" 'z{'; # b { c;
                map $x ${y} { "~^/(\\d{2})$" 1; default \\;; }
                if ($a ~ "}") { return 200 ""; }
                """)
        #expect(configuration.directives.map(\.name) == ["a", "map", "if"])
        #expect(configuration.directives[0].arguments == ["x;\"y", "z{"])
        #expect(configuration.directives[1].block.map(\.name) == ["~^/(\\d{2})$", "default"])
        #expect(configuration.directives[2].block[0].arguments == ["200", ""])
        #expect(configuration.directives[2].line == 3)
        // Whatever a file holds, it ends.
        _ = NginxConfiguration(dump: "# configuration file /n.conf:\n" + String(repeating: "a{", count: 500))
        _ = NginxConfiguration(dump: "# configuration file /n.conf:\ninclude /n.conf;\n")
        #expect(NginxConfiguration(dump: "").directives.isEmpty)
    }
}
