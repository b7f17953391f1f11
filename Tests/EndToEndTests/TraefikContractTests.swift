import Foundation
import Testing
import WeirTestSupport

/// What Traefik's ForwardAuth sends and takes, as its `forward.go` has it, against a real agent: Debian has no Traefik to run.
@Suite struct TraefikContractTests {
    /// A request as Go's HTTP client writes it, with `trustForwardHeader: false` and the `authRequestHeaders` of
    /// `deploy/traefik/dynamic.yml`: of the client's headers only those, then X-Forwarded-… set by Traefik.
    private func request(
        _ method: String, _ uri: String, client: String = "192.0.2.1", key: String? = nil, port: Int
    ) -> String {
        """
        GET /forward HTTP/1.1\r
        Host: 127.0.0.1:\(port)\r
        User-Agent: Go-http-client/1.1\r
        \(key.map { "X-Api-Key: \($0)\r\n" } ?? "")X-Forwarded-For: \(client)\r
        X-Forwarded-Host: api.example.com\r
        X-Forwarded-Method: \(method)\r
        X-Forwarded-Proto: https\r
        X-Forwarded-Uri: \(uri)\r
        Accept-Encoding: gzip\r
        \r

        """
    }

    @Test func theConfigurationNamesThePathAndTrustsNoClient() throws {
        let text = try String(contentsOfFile: "\(Programs.repository)/deploy/traefik/dynamic.yml", encoding: .utf8)
        #expect(text.contains("address: http://127.0.0.1:7480/forward\n"))
        #expect(text.contains("trustForwardHeader: false\n"))
        #expect(text.contains("authRequestHeaders: [X-Api-Key, Authorization]\n"))
    }

    @Test func allowIs2xxWithNoBodyAndADenialIsCopiedAsItIs() throws {
        let port = freePort()
        let rules =
            "all: 2/h by ip; yearly: 2/year by ip; no: deny when method=DELETE path=/admin/*; key: deny 401 when path=/v1 no api_key"
        let agent = try AgentUnderTest(["WEIR_LIMITS": rules, "WEIR_HTTP_LISTEN": "127.0.0.1:\(port)"])
        let client = try ClientSocket(port: port)
        func ask(_ method: String, _ uri: String, client address: String = "192.0.2.1", key: String? = nil) throws
            -> HTTPReply
        {
            client.send(request(method, uri, client: address, key: key, port: port))
            return try #require(client.receiveResponse())
        }
        for left in ["1", "0"] {
            let allowed = try ask("POST", "/v1?x=/forward", key: "k")
            #expect(allowed.status == 200 && allowed.body.isEmpty && allowed["Content-Length"] == "0")
            #expect(allowed["Weir-Remaining"] == left)
        }
        let denied = try ask("GET", "/", key: "k")
        #expect(denied.status == 429)
        #expect(denied["Content-Type"] == "application/problem+json")
        #expect(denied["Location"] == nil, "Traefik reads one")
        #expect(denied["Transfer-Encoding"] == nil)
        #expect(
            denied.body.hasSuffix("\"status\":429,\"reason\":\"quota\",\"violated-policies\":[\"yearly\",\"all\"]}"))
        #expect(try ask("DELETE", "/admin/x", client: "2001:db8::1").status == 403, "the request's own method and path")
        #expect(try ask("GET", "/v1", client: "192.0.2.2")["WWW-Authenticate"] == "Bearer realm=\"api\"")
        #expect(try ask("GET", "/", client: "192.0.2.2").status == 200, "each client by its own address")
        for _ in 0..<1_000 { #expect(try ask("GET", "/").status == 429) }
        #expect(try agent.metric("weir_connections_accepted_total") == 1, "Go keeps its connection, bodies and all")
    }

    /// With `trustForwardHeader: true`, behind another proxy: the client is found from the right.
    @Test func behindAnotherProxyTheClientIsFoundFromTheRight() throws {
        let port = freePort()
        let agent = try AgentUnderTest([
            "WEIR_LIMITS": "all: 1/h by ip", "WEIR_HTTP_LISTEN": "127.0.0.1:\(port)", "WEIR_TRUSTED_HOPS": "2",
        ])
        let client = try ClientSocket(port: port)
        for (chain, status) in [
            ("198.51.100.1, 192.0.2.7, 10.0.0.1", 200), ("198.51.100.2, 192.0.2.7, 10.0.0.1", 429),
            ("192.0.2.8, 10.0.0.1", 200),
        ] {
            client.send(request("GET", "/", client: chain, port: port))
            #expect(client.receiveResponse()?.status == status, "\(chain)")
        }
        #expect(agent.program.isRunning)
    }
}
