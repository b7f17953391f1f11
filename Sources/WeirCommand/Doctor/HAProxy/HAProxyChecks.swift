/// The usual traps of SPOE, from the frontend's filter to the agent's socket.
package enum HAProxyChecks {
    /// Longer than this HAProxy should not wait for an agent that decides in microseconds.
    static let longestWait = 500

    package static func findings(_ facts: HAProxyFacts) -> [Finding] {
        var findings: [Finding] = []
        if let complaint = facts.complaint {
            findings.append(
                .trouble(
                    "haproxy-configuration", "HAProxy does not take the configuration: \(complaint)",
                    fix: "mend it (haproxy -c -f FILE), or name another: weir doctor haproxy --config FILE"))
        }
        guard let engine = facts.engine else {
            return findings + [
                .trouble(
                    "haproxy-filter", "no frontend asks the agent: there is no filter spoe",
                    fix: "filter spoe engine weir config /etc/haproxy/spoe-weir.cfg in the frontend (deploy/haproxy)")
            ]
        }
        guard facts.engines[engine.file] != nil else {
            return findings + [
                .trouble(
                    "haproxy-engine", "\(engine.filter.place): there is no file \(engine.file)",
                    fix: "put deploy/haproxy's SPOE file there")
            ]
        }
        guard let agent = engine.agent else {
            return findings + [
                .trouble(
                    "haproxy-engine", "\(engine.file) has no spoe-agent for engine \(engine.name)",
                    fix: "[\(engine.name)] before its sections, with the name in brackets that the filter has")
            ]
        }
        findings += self.agent(agent)
        findings += backend(engine, facts)
        findings += denial(engine, facts)
        findings += HAProxyChrootChecks.findings(engine, facts)
        return findings
    }

    // MARK: spoe-agent

    private static func agent(_ agent: HAProxyConfiguration.Section) -> [Finding] {
        let processing = agent.lines.last { $0.begins("timeout", "processing") }?.words.dropFirst(2).first
        let time = processing.flatMap { HAProxyConfiguration.milliseconds($0) }
        return [
            .check(
                "haproxy-processing", time.map { $0 <= longestWait } ?? false,
                ok: "a request waits for the agent for \(processing ?? "") at most",
                trouble: "\(agent.place): "
                    + (processing.map { "a request may wait \($0) for the agent" }
                        ?? "without timeout processing a request waits for an agent that hangs for as long as it likes"),
                fix: "timeout processing 20ms in the spoe-agent section"),
            .check(
                "haproxy-continue", agent.lines.contains { $0.begins("option", "continue-on-error") },
                ok: "one failure does not end the agent's part in a transaction",
                trouble: "\(agent.place): after one failure HAProxy asks the agent nothing more in that transaction",
                fix: "option continue-on-error in the spoe-agent section"),
        ]
    }

    // MARK: The backend

    private static func backend(_ engine: HAProxyFacts.Engine, _ facts: HAProxyFacts) -> [Finding] {
        guard let backend = engine.backend, let server = engine.server else {
            return [
                .trouble(
                    "haproxy-backend",
                    "\(engine.agent?.place ?? engine.file): use-backend names no backend with a server",
                    fix: "add the backend of deploy/haproxy, and its name behind use-backend")
            ]
        }
        let configuration = facts.configuration
        let isSPOP = configuration.line("mode", in: backend)?.words.dropFirst().first ?? "tcp"
        let hasCheck = configuration.line("option", "spop-check", in: backend) != nil
        var findings: [Finding] = [
            .check(
                "haproxy-mode", ["tcp", "spop"].contains(isSPOP),
                ok: "the backend speaks to the agent in mode \(isSPOP)",
                trouble: "\(backend.place): the backend is in mode \(isSPOP), and speaks that to the agent",
                fix: "mode tcp in the backend (mode spop from HAProxy 3.1 on)"),
            .check(
                "haproxy-spop-check", hasCheck && server.words.contains("check"),
                ok: "HAProxy checks the agent, and does not wait for one that is gone",
                trouble: "\(server.place): an agent that is gone costs every request the whole processing timeout",
                fix: "option spop-check in the backend, and check inter 1s fall 1 rise 1 on its server"),
        ]
        if let idle = idleTrouble(engine, backend, configuration) { findings.append(idle) }
        return findings
    }

    /// HAProxy's own idle connections must not be closed under it.
    private static func idleTrouble(
        _ engine: HAProxyFacts.Engine, _ backend: HAProxyConfiguration.Section, _ configuration: HAProxyConfiguration
    ) -> Finding? {
        let idle = engine.agent?.lines.last { $0.begins("timeout", "idle") }?.words.dropFirst(2).first
        let server = configuration.line("timeout", "server", in: backend)?.words.dropFirst(2).first
        guard let idle, let server, let idleTime = HAProxyConfiguration.milliseconds(idle),
            let serverTime = HAProxyConfiguration.milliseconds(server)
        else { return nil }
        return .check(
            "haproxy-idle", serverTime > idleTime, ok: "idle connections to the agent end before timeout server",
            trouble: "\(backend.place): timeout server (\(server)) ends connections before timeout idle (\(idle)) does",
            fix: "timeout server 3m in the backend")
    }

    // MARK: The frontend

    private static func denial(_ engine: HAProxyFacts.Engine, _ facts: HAProxyFacts) -> [Finding] {
        let variable = "txn.\(engine.prefix).deny"
        let rules = facts.configuration.sections("frontend", "backend", "listen", "defaults").flatMap(\.lines).filter {
            $0.words.first?.hasPrefix("http-request") == true
                && $0.words.contains { $0.contains("txn.\(engine.prefix).") }
        }
        if let wrong = rules.first(where: { rule in
            rule.words.firstRange(of: ["-m", "bool", "false"]) != nil
        }) {
            return [
                .trouble(
                    "haproxy-denial",
                    "\(wrong.place): -m bool false does not mean \"is false\": it matches what is true",
                    fix: "if { var(\(variable)) -m bool }")
            ]
        }
        let isDenied = rules.contains { rule in
            ["return", "deny", "reject", "tarpit", "redirect", "silent-drop"].contains(
                rule.words.dropFirst().first ?? "")
                && rule.words.contains("if") || rule.words.contains("unless")
        }
        return [
            .check(
                "haproxy-denial", isDenied, ok: "requests that the agent denies are denied",
                trouble: "no http-request rule looks at \(variable): nothing is denied",
                fix: "http-request return status 429 … if { var(\(variable)) -m bool } (deploy/haproxy)")
        ]
    }
}
