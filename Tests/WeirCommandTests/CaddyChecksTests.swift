import Testing
import WeirCommand

/// Caddy's traps, from its version and its Caddyfile.
@Suite struct CaddyChecksTests {
    private static let short = """
        # a site
        example.com {
            forward_auth unix//run/weir/http.sock {
                uri /forward
                copy_headers RateLimit RateLimit-Policy
                transport http {
                    dial_timeout 50ms
                    response_header_timeout 50ms
                }
            }
            reverse_proxy app:8080
        }
        """
    private static let long = """
        example.com {
            reverse_proxy unix//run/weir/http.sock {
                method GET
                rewrite /forward
                transport http {
                    dial_timeout 50ms
                    response_header_timeout 50ms
                }
                @ok status 2xx
                handle_response @ok {
                    header RateLimit {rp.header.Ratelimit}
                }
            }
            handle_errors {
                reverse_proxy app:8080
            }
        }
        """

    private func facts(_ text: String, _ version: String = "2.6.2", complaint: String? = nil) -> CaddyFacts {
        CaddyFacts(
            version: ProgramVersion(in: version), complaint: complaint, file: "Caddyfile",
            caddyfile: CaddyfileBlock.read(text, file: "Caddyfile"))
    }

    @Test func workingFormsHaveNoTrap() {
        let short = CaddyChecks.findings(facts(Self.short))
        #expect(short.troubles.isEmpty)
        #expect(short["caddy-fail-open"] == .note)
        let long = CaddyChecks.findings(facts(Self.long))
        #expect(long.allSatisfy { $0.verdict == .ok }, "\(long)")
        #expect(facts(Self.long).socketPath == "/run/weir/http.sock")
        #expect(facts(Self.short).socketPath == "/run/weir/http.sock")
    }

    @Test(arguments: [
        ("forward_auth", "reverse_proxy", "caddy-forward-auth"),
        ("uri /forward", "uri /v1/check", "caddy-forward-auth"),
        ("dial_timeout 50ms", "", "caddy-timeouts"),
        ("response_header_timeout 50ms", "", "caddy-timeouts"),
        ("RateLimit RateLimit-Policy", "RateLimit X-Plan", "caddy-copy-headers"),
    ])
    func eachTrapOfTheShortFormIsFound(_ part: String, _ instead: String, _ id: String) {
        #expect(Self.short.contains(part))
        #expect(CaddyChecks.findings(facts(Self.short.replacingText(part, instead))).troubles == [id])
    }

    @Test func placeholdersAreWrittenAsGoWritesHeaders() {
        let wrong = CaddyChecks.findings(facts(Self.long.replacingText("rp.header.Ratelimit", "rp.header.RateLimit")))
        #expect(wrong.troubles == ["caddy-placeholder"])
        #expect(wrong.fix("caddy-placeholder") == "write it as Go does: Ratelimit")
    }

    @Test func copiedHeadersDependOnTheVersion() {
        let text = Self.short.replacingText("RateLimit RateLimit-Policy", "X-Plan")
        #expect(
            CaddyChecks.findings(facts(text, "v2.6.2 h1:x")).text("caddy-copy-headers").contains("a text in braces"))
        #expect(CaddyChecks.findings(facts(text, "v2.8.4")).troubles.isEmpty)
        #expect(CaddyChecks.findings(facts(text, "v2.10.0")).text("caddy-copy-headers").contains("GHSA-7r4p-vjf4-gxv4"))
        #expect(CaddyChecks.findings(facts(text, "v2.11.4")).troubles.isEmpty)
    }

    @Test func aRefusedConfigurationIsSaid() {
        let refused = CaddyChecks.findings(facts(Self.short, complaint: "adapt: unrecognized directive"))
        #expect(refused.troubles == ["caddy-configuration"])
    }
}
