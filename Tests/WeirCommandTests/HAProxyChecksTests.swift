import Testing
import WeirCommand

/// HAProxy's traps, from its configuration and what its workers see.
@Suite struct HAProxyChecksTests {
    private static let configuration = """
        global
            user haproxy
            group weir
        defaults
            mode http
            timeout server 30s
        frontend www
            bind :80
            filter spoe engine weir config /etc/haproxy/spoe-weir.cfg
            http-request send-spoe-group weir weir-request
            http-request return status 429 hdr Retry-After "%[var(txn.weir.retry_after)]" if { var(txn.weir.deny) -m bool }
            default_backend app
        backend app
            server app 127.0.0.1:8080
        backend weir-agent
            mode tcp
            option spop-check
            timeout connect 100ms
            timeout server 3m
            server a1 unix@/run/weir/spoe.sock check inter 1s fall 1 rise 1
        """
    private static let engine = """
        # the engine
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
            args method=method
        spoe-group weir-request
            messages weir-check
        """

    private func findings(
        _ part: String = "", _ instead: String = "", version: ProgramVersion = ProgramVersion(2, 6, 12),
        workers: [ProcessFacts] = [], bindPaths: [String] = []
    ) -> [Finding] {
        var configuration = HAProxyConfiguration()
        configuration.read(Self.configuration.replacingText(part, instead), file: "haproxy.cfg")
        var engine = HAProxyConfiguration()
        engine.read(Self.engine.replacingText(part, instead), file: "spoe-weir.cfg")
        return HAProxyChecks.findings(
            HAProxyFacts(
                version: version, configuration: configuration, engines: ["/etc/haproxy/spoe-weir.cfg": engine],
                workers: workers, bindPaths: bindPaths))
    }

    @Test func aWorkingConfigurationHasNoTrap() {
        let findings = findings()
        #expect(findings.allSatisfy { $0.verdict == .ok }, "\(findings)")
        #expect(findings.count >= 7)
    }

    @Test(arguments: [
        ("filter spoe", "# filter spoe", "haproxy-filter"),
        ("config /etc/haproxy/spoe-weir.cfg", "config /etc/haproxy/other.cfg", "haproxy-engine"),
        ("[weir]", "[other]", "haproxy-engine"),
        ("use-backend weir-agent", "use-backend other", "haproxy-backend"),
        ("option spop-check", "", "haproxy-spop-check"),
        ("spoe.sock check inter 1s fall 1 rise 1", "spoe.sock", "haproxy-spop-check"),
        ("timeout processing 20ms", "", "haproxy-processing"),
        ("timeout processing 20ms", "timeout processing 10s", "haproxy-processing"),
        ("option continue-on-error", "", "haproxy-continue"),
        ("mode tcp", "", "haproxy-mode"),
        ("timeout server 3m", "timeout server 10s", "haproxy-idle"),
        ("timeout server 3m", "", "haproxy-idle"),
        ("-m bool }", "-m bool false }", "haproxy-denial"),
        ("http-request return", "# http-request return", "haproxy-denial"),
        ("group weir\n", "group weir\n    chroot /var/lib/haproxy\n", "haproxy-chroot"),
        ("unix@/run/weir/spoe.sock", "abnsz@weir-spoe", "haproxy-chroot"),
    ])
    func eachTrapIsFound(_ part: String, _ instead: String, _ id: String) {
        #expect((Self.configuration + Self.engine).contains(part))
        let findings = findings(part, instead)
        #expect(findings.troubles == [id])
        #expect(!findings.fix(id).isEmpty)
    }

    @Test func aChrootMattersForWhatIsNotSeenInIt() {
        let chroot = ("group weir\n", "group weir\n    chroot /var/lib/haproxy\n")
        func findings(sees: Bool? = nil, bindPaths: [String] = []) -> [Finding] {
            self.findings(
                chroot.0, chroot.1,
                workers: [ProcessFacts(process: 9, user: 1, group: 1, otherGroups: [], findsSocket: sees)],
                bindPaths: bindPaths)
        }
        #expect(findings(sees: true)["haproxy-chroot"] == .ok)
        #expect(findings(sees: false)["haproxy-chroot"] == .trouble)
        // What a worker sees counts, whatever its unit says: it was started before.
        #expect(findings(sees: false, bindPaths: ["/run/weir:/var/lib/haproxy/run/weir"])["haproxy-chroot"] == .trouble)
        #expect(findings(bindPaths: ["/run/weir:/var/lib/haproxy/run/weir"])["haproxy-chroot"] == .ok)
        #expect(findings(bindPaths: ["-/run/weir:/var/lib/haproxy/run/weir:rbind"])["haproxy-chroot"] == .ok)
        #expect(findings(bindPaths: ["/dev/log:/var/lib/haproxy/dev/log"])["haproxy-chroot"] == .trouble)
    }

    @Test func abstractSocketsPassAChroot() {
        let new = findings("unix@/run/weir/spoe.sock", "abnsz@weir-spoe", version: ProgramVersion(3, 1, 0))
        #expect(new["haproxy-chroot"] == .ok)
        #expect(findings("unix@/run/weir/spoe.sock", "abns@weir-spoe")["haproxy-chroot"] == .ok)
    }

    @Test func theSocketIsTheOneOfTheBackend() {
        var configuration = HAProxyConfiguration()
        configuration.read(Self.configuration, file: "haproxy.cfg")
        var engine = HAProxyConfiguration()
        engine.read(Self.engine, file: "spoe-weir.cfg")
        let facts = HAProxyFacts(
            version: ProgramVersion(2, 6, 12), configuration: configuration,
            engines: ["/etc/haproxy/spoe-weir.cfg": engine])
        #expect(facts.engine?.socketPath == "/run/weir/spoe.sock")
    }
}

extension String {
    /// Each occurrence of a part replaced.
    func replacingText(_ part: String, _ instead: String) -> String {
        part.isEmpty ? self : split(separator: part, omittingEmptySubsequences: false).joined(separator: instead)
    }
}
