/// The usual traps of `auth_request`.
package enum NginxChecks {
    /// Longer than this nginx should not wait for an agent that decides in microseconds.
    static let longestWait = 1_000

    /// The path of the agent's HTTP socket in this configuration; nil where there is none.
    package static func socket(_ facts: NginxFacts) -> String? {
        let asked = Set(asking(facts).flatMap { $0.arguments })
        for location in facts.configuration.locations where asked.contains(location.path) {
            guard let target = location.argument("proxy_pass") else { continue }
            if let path = unixPath(target) { return path }
            let servers = upstream(of: target, facts)?.all("server").compactMap { $0.arguments.first } ?? []
            for server in servers { if let path = unixPath(server) { return path } }
        }
        return nil
    }

    package static func findings(_ facts: NginxFacts) -> [Finding] {
        guard facts.isAccepted else { return [refused(facts)] }
        var findings = [Finding.ok("nginx-configuration", "nginx -T takes the configuration (nginx \(facts.version))")]
        let asking = asking(facts)
        let asksWithLua = NginxLuaChecks.isUsed(facts)
        if asking.isEmpty, !asksWithLua {
            findings.append(
                .trouble(
                    "nginx-auth-request", "no location asks the agent: there is no auth_request and no Lua of Weir's",
                    fix: "include deploy/nginx/protect.conf in the locations that are to be protected"))
        }
        if !asking.isEmpty {
            findings.append(module(facts))
            findings += asking.map { $0.arguments.first ?? "" }.uniqued.flatMap { subrequest($0, facts) }
            findings += protected(facts)
        }
        if asksWithLua { findings += NginxLuaChecks.findings(facts) }
        return findings
    }

    private static func asking(_ facts: NginxFacts) -> [NginxDirective] {
        facts.configuration.all("auth_request").filter { $0.arguments != ["off"] }
    }

    private static func refused(_ facts: NginxFacts) -> Finding {
        let first = facts.complaint.split(separator: "\n").first { $0.contains("[emerg]") }.map(String.init)
        let complaint = first ?? facts.complaint
        for (word, package) in [
            ("_by_lua", "libnginx-mod-http-lua"), ("lua_", "libnginx-mod-http-lua"), ("js_", "libnginx-mod-http-js"),
        ]
        where complaint.contains("unknown directive") && complaint.contains(word) {
            return .trouble(
                "nginx-module", "nginx lacks a module: \(complaint)",
                fix: "apt-get install \(package), or load_module it in nginx.conf")
        }
        if complaint.contains("unknown directive \"auth_request\"") { return module(facts) }
        if complaint.contains("module 'weir") || complaint.contains("module 'resty.weir") {
            return .trouble(
                "nginx-lua-path", "Lua does not find Weir's client: \(complaint)",
                fix: "set lua_package_path to the directory of protocol/clients/lua, with /?.lua;; behind it")
        }
        return .trouble(
            "nginx-configuration", "nginx does not take the configuration: \(complaint)",
            fix: "mend it (nginx -t), or name another: weir doctor nginx --config FILE")
    }

    private static func module(_ facts: NginxFacts) -> Finding {
        .check(
            "nginx-module", facts.build.contains("http_auth_request_module"), ok: "nginx has auth_request",
            trouble: "nginx was built without auth_request",
            fix: "install a build with --with-http_auth_request_module (Debian's nginx has it)")
    }

    // MARK: The location that asks

    private static func subrequest(_ target: String, _ facts: NginxFacts) -> [Finding] {
        let locations = facts.configuration.locations.filter { $0.path == target && $0.argument("proxy_pass") != nil }
        guard let location = locations.first, let pass = location.setting("proxy_pass") else {
            return [
                .trouble(
                    "nginx-location", "auth_request \(target) has no location that passes it on",
                    fix: "include deploy/nginx/server.conf in the server block")
            ]
        }
        var findings = keepalive(location, pass.arguments.first ?? "", facts)
        findings.append(
            .check(
                "nginx-client-headers", location.argument("proxy_pass_request_headers") == "off",
                ok: "no header of the client's reaches the agent by itself",
                trouble:
                    "\(location.place): all headers of clients go to the agent, and may say what only nginx should",
                fix: "proxy_pass_request_headers off; in location \(target), and set those that rules need"))
        findings.append(
            .check(
                "nginx-body",
                location.argument("proxy_pass_request_body") == "off" && location.header("Content-Length") == "",
                ok: "bodies stay at nginx",
                trouble: "\(location.place): the agent is told of bodies that do not come, and waits for them",
                fix: "proxy_pass_request_body off; proxy_set_header Content-Length \"\"; in location \(target)"))
        findings.append(
            .check(
                "nginx-internal", location.directive.block.contains { $0.name == "internal" },
                ok: "clients cannot ask the agent themselves",
                trouble: "\(location.place): clients can ask the agent themselves",
                fix: "internal; in location \(target)"))
        findings.append(waits(location, target))
        findings.append(failOpen(location, target))
        return findings
    }

    private static func keepalive(_ location: NginxLocation, _ target: String, _ facts: NginxFacts) -> [Finding] {
        if facts.keepsByDefault { return [.ok("nginx-keepalive", "this nginx keeps connections to the agent")] }
        var findings: [Finding] = []
        findings.append(
            .check(
                "nginx-http-version", location.argument("proxy_http_version") == "1.1",
                ok: "nginx speaks HTTP/1.1 to the agent",
                trouble: "\(location.place): nginx speaks HTTP/1.0 to the agent, and connects anew for each request",
                fix: "proxy_http_version 1.1; in location \(location.path)"))
        findings.append(
            .check(
                "nginx-connection", location.header("Connection") == "",
                ok: "connections to the agent may be kept",
                trouble: "\(location.place): nginx tells the agent to close each connection",
                fix: "proxy_set_header Connection \"\"; in location \(location.path)"))
        let upstream = upstream(of: target, facts)
        findings.append(
            .check(
                "nginx-keepalive", upstream?.all("keepalive").isEmpty == false,
                ok: "the upstream keeps connections to the agent",
                trouble: upstream.map { "\($0.place): the upstream keeps no connection to the agent" }
                    ?? "\(location.place): proxy_pass names the socket itself, so that no connection can be kept",
                fix: "proxy_pass to an upstream block with keepalive 16; as in deploy/nginx/upstream.conf"))
        return findings
    }

    private static func waits(_ location: NginxLocation, _ target: String) -> Finding {
        let names = ["proxy_connect_timeout", "proxy_send_timeout", "proxy_read_timeout"]
        let long = names.filter { name in
            guard let text = location.argument(name), let time = NginxLocation.milliseconds(text) else { return true }
            return time > longestWait
        }
        return .check(
            "nginx-timeouts", long.isEmpty, ok: "nginx does not wait long for an agent that hangs",
            trouble: "\(location.place): requests wait up to a minute for an agent that hangs",
            fix: "\(long.map { "\($0) 50ms;" }.joined(separator: " ")) in location \(target)")
    }

    private static func failOpen(_ location: NginxLocation, _ target: String) -> Finding {
        let caught = location.list("error_page").contains { page in
            Set(page.arguments).isSuperset(of: ["502", "504"])
        }
        if caught, location.argument("proxy_intercept_errors") == "on" {
            return .ok("nginx-fail-open", "without an agent requests pass (fail open)")
        }
        if caught {
            return .trouble(
                "nginx-fail-open", "\(location.place): error_page has no effect on what the agent answers",
                fix: "proxy_intercept_errors on; in location \(target)")
        }
        return .note(
            "nginx-fail-open", "without an agent clients get 500 (fail closed)",
            fix:
                "to fail open: proxy_intercept_errors on; error_page 500 502 503 504 = @weir_open; in location \(target)"
        )
    }

    // MARK: The locations that are protected

    private static func protected(_ facts: NginxFacts) -> [Finding] {
        let protected = facts.configuration.locations.filter { location in
            guard let target = location.argument("auth_request") else { return false }
            return target != "off" && target != location.path && !location.path.hasPrefix("@")
                && !location.directive.block.contains { $0.name == "internal" }
        }
        let bare = protected.first { location in
            !location.list("error_page").contains { $0.arguments.contains("403") }
        }
        var findings = [
            Finding.check(
                "nginx-denial", bare == nil, ok: "denials get their own status, Retry-After and body",
                trouble: "\(bare?.place ?? ""): a denial reaches clients as nginx's own 403, without Retry-After",
                fix: "include deploy/nginx/protect.conf there, and server.conf in its server")
        ]
        let silent = protected.first { location in
            !location.list("add_header").contains { $0.arguments.first?.lowercased() == "ratelimit" }
        }
        if let silent {
            findings.append(
                .note(
                    "nginx-headers", "\(silent.place): allowed requests get no RateLimit field",
                    fix: "any add_header of a location drops those around it: repeat both of protect.conf there"))
        }
        return findings
    }

    // MARK: Names

    private static func upstream(of target: String, _ facts: NginxFacts) -> NginxDirective? {
        guard let scheme = target.firstRange(of: "://") else { return nil }
        let name = target[scheme.upperBound...].prefix { $0 != "/" }
        return facts.configuration.all("upstream").first { $0.arguments.first == String(name) }
    }

    /// The path in `http://unix:/run/weir/http.sock:/nginx` and in `unix:/run/weir/http.sock`.
    private static func unixPath(_ address: String) -> String? {
        guard let range = address.firstRange(of: "unix:/") else { return nil }
        return "/" + address[range.upperBound...].prefix { $0 != ":" }
    }
}
