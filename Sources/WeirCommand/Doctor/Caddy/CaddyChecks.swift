/// The usual traps of Caddy's `forward_auth`, and of its longer form.
package enum CaddyChecks {
    /// Whether every answer of the agent's has this field, so that there is always something to copy.
    private static func isAlwaysSent(_ name: String) -> Bool {
        ["ratelimit", "ratelimit-policy", "retry-after"].contains(name) || name.hasPrefix("weir-")
    }

    package static func findings(_ facts: CaddyFacts) -> [Finding] {
        var findings: [Finding] = []
        if let complaint = facts.complaint {
            findings.append(
                .trouble(
                    "caddy-configuration", "Caddy does not take the configuration: \(complaint)",
                    fix: "mend it (caddy validate --config FILE), or name another: weir doctor caddy --config FILE"))
        }
        let asking = facts.asking
        guard !asking.isEmpty else {
            return findings + [
                .trouble(
                    "caddy-forward-auth", "\(facts.file): no site asks the agent",
                    fix: "forward_auth unix//run/weir/http.sock with uri /forward (deploy/caddy)")
            ]
        }
        for block in asking { findings += self.asking(block, facts) }
        findings.append(failOpen(facts))
        return findings
    }

    private static func asking(_ block: CaddyfileBlock, _ facts: CaddyFacts) -> [Finding] {
        let place = block.place
        var findings: [Finding] = []
        let target =
            block.all("uri").first?.words.last ?? block.all("rewrite").first?.words.last ?? ""
        findings.append(
            .check(
                "caddy-forward-auth", target.prefix { $0 != "?" } == "/forward", ok: "Caddy asks the agent at /forward",
                trouble: "\(place): Caddy asks the agent at \"\(target)\", which is not its dialect",
                fix: "uri /forward"))
        findings.append(
            .check(
                "caddy-timeouts",
                !block.all("dial_timeout").isEmpty && !block.all("response_header_timeout").isEmpty,
                ok: "Caddy does not wait long for an agent that hangs",
                trouble: "\(place): requests wait for an agent that hangs for as long as it likes",
                fix: "transport http with dial_timeout 50ms and response_header_timeout 50ms in the block"))
        findings += copied(block, place, facts)
        findings += placeholders(block, place)
        return findings
    }

    private static func copied(_ block: CaddyfileBlock, _ place: String, _ facts: CaddyFacts) -> [Finding] {
        var names: [String] = []
        for copy in block.all("copy_headers") {
            names += copy.words.dropFirst() + copy.block.compactMap(\.words.first)
        }
        guard !names.isEmpty else { return [] }
        let version = facts.version
        let absent = names.filter { !isAlwaysSent($0.prefix { $0 != ">" }.lowercased()) }
        if version.isKnown, version < ProgramVersion(2, 7, 0), !absent.isEmpty {
            return [
                .trouble(
                    "caddy-copy-headers",
                    "\(place): Caddy \(version) gives the site a text in braces where the agent sends no \(absent.joined(separator: ", "))",
                    fix: "copy_headers only what every answer has (RateLimit, RateLimit-Policy), or upgrade Caddy")
            ]
        }
        if version >= ProgramVersion(2, 10, 0), version < ProgramVersion(2, 11, 4), !absent.isEmpty {
            return [
                .trouble(
                    "caddy-copy-headers",
                    "\(place): Caddy \(version) lets a client's own header pass where the agent sends none (GHSA-7r4p-vjf4-gxv4)",
                    fix: "upgrade Caddy, or request_header -NAME for each copied header before it")
            ]
        }
        return [.ok("caddy-copy-headers", "headers are copied from the agent's answers alone")]
    }

    /// `{rp.header.RateLimit}` stays as it is written: Go knows the header as `Ratelimit`.
    private static func placeholders(_ block: CaddyfileBlock, _ place: String) -> [Finding] {
        var wrong: String?
        block.walk { inner in
            for word in inner.words {
                guard let range = word.firstRange(of: "rp.header.") ?? word.firstRange(of: "http.reverse_proxy.header.")
                else { continue }
                let name = word[range.upperBound...].prefix { $0 != "}" }
                if String(name) != canonical(String(name)) { wrong = String(name) }
            }
        }
        guard let wrong else { return [] }
        return [
            .trouble(
                "caddy-placeholder", "\(place): Caddy knows no header \(wrong), and sends the placeholder itself",
                fix: "write it as Go does: \(canonical(wrong))")
        ]
    }

    /// A header's name as Go keeps it: `Ratelimit-Policy`.
    private static func canonical(_ name: String) -> String {
        name.split(separator: "-", omittingEmptySubsequences: false).map {
            $0.prefix(1).uppercased() + $0.dropFirst().lowercased()
        }.joined(separator: "-")
    }

    private static func failOpen(_ facts: CaddyFacts) -> Finding {
        var catches = false
        for site in facts.caddyfile { if !site.all("handle_errors").isEmpty { catches = true } }
        return catches
            ? .ok("caddy-fail-open", "handle_errors decides what happens without an agent")
            : .note(
                "caddy-fail-open", "without an agent clients get 502 (fail closed)",
                fix: "to fail open: the handle_errors block of deploy/caddy")
    }
}
