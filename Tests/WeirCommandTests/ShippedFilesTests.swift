import Foundation
import Testing
import WeirCommand
import WeirTestSupport

/// The configurations that are shipped for each server have none of the traps that the doctor knows.
@Suite struct ShippedFilesTests {
    private static let deploy = "\(Programs.repository)/deploy"

    private static func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(deploy)/\(path)") }

    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(Self.deploy)/\(path)", encoding: .utf8)
    }

    @Test(.enabled(if: has("haproxy/haproxy.cfg"))) func haproxys() throws {
        var configuration = HAProxyConfiguration()
        configuration.read(try text("haproxy/haproxy.cfg"), file: "haproxy.cfg")
        var engine = HAProxyConfiguration()
        engine.read(try text("haproxy/spoe-weir.cfg"), file: "spoe-weir.cfg")
        let facts = HAProxyFacts(
            version: ProgramVersion(2, 6, 12), configuration: configuration,
            engines: ["/etc/haproxy/spoe-weir.cfg": engine], bindPaths: ["/run/weir:/var/lib/haproxy/run/weir"])
        let findings = HAProxyChecks.findings(facts)
        #expect(findings.allSatisfy { $0.verdict == .ok }, "\(findings)")
        #expect(facts.engine?.socketPath == "/run/weir/spoe.sock")
    }

    @Test(.enabled(if: has("caddy/open.caddy"))) func caddys() throws {
        for file in ["open", "closed", "forward_auth"] where Self.has("caddy/\(file).caddy") {
            let facts = CaddyFacts(
                version: ProgramVersion(2, 6, 2), file: file,
                caddyfile: CaddyfileBlock.read(try text("caddy/\(file).caddy"), file: file))
            #expect(CaddyChecks.findings(facts).troubles.isEmpty, "\(file): \(CaddyChecks.findings(facts))")
            #expect(facts.socketPath == "/run/weir/http.sock")
        }
    }

    @Test(.enabled(if: has("apache/protect.conf"))) func apaches() throws {
        let lines = try ["weir", "protect"].flatMap { name in
            ApacheFacts.lines(try text("apache/\(name).conf"), file: "\(name).conf")
        }
        let findings = ApacheChecks.findings(ApacheFacts(modules: ["lua_module"], lines: lines))
        #expect(findings.allSatisfy { $0.verdict == .ok }, "\(findings)")
    }

    @Test(.enabled(if: has("openresty/http.conf"))) func openrestys() throws {
        let configuration = NginxConfiguration(
            dump: """
                # configuration file /nginx.conf:
                http { include /http.conf; server { location / { include /protect.conf; } } }
                # configuration file /http.conf:
                \(try text("openresty/http.conf"))
                # configuration file /protect.conf:
                \(try text("openresty/protect.conf"))
                """)
        #expect(NginxLuaChecks.modules(configuration).names == ["weir.nginx"])
        #expect(NginxLuaChecks.modules(configuration).paths.first == "/usr/share/weir/lua/?.lua")
        let findings = NginxChecks.findings(
            NginxFacts(
                build: "nginx version: nginx/1.22.1", isAccepted: true, complaint: "", configuration: configuration))
        #expect(findings.allSatisfy { $0.verdict == .ok }, "\(findings)")
    }
}
