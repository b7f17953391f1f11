import Foundation
import Testing
import WeirTestSupport

/// The files of `deploy/caddy` in Debian's Caddy.
@Suite struct CaddyTests {
    typealias Variant = CaddyUnderTest.Variant

    @Test(arguments: Variant.allCases)
    func allowedAndDeniedRequestsLookAsTheyShould(_ variant: Variant) throws {
        let rules =
            "all: 3/h by ip; paid: 3/year by ip; pay: 1/day by api_key answer 402; login: deny 401 when path=/login"
        let site = try CaddyUnderTest(["WEIR_LIMITS": rules], variant: variant)
        var first = try site.get("/page?x=1")
        // On a machine that is busy an answer may take longer than Caddy waits.
        if variant == .open {
            #expect(
                try eventually {
                    first = try site.get("/page?x=1"); return first["RateLimit"] != nil
                })
        } else {
            #expect(
                try eventually {
                    first = try site.get("/page?x=1"); return first.status == 200
                })
        }
        #expect(first.status == 200)
        #expect(first.body == "the site")
        #expect(first["X-Seen"] == "GET /page?x=1 []")
        #expect(first["Weir-Ticket"] == nil)
        if variant == .forwardAuth {
            #expect(first["RateLimit"] == nil)
            #expect(first["X-Seen-Rule"]?.hasPrefix("all ") == true, "\(first)")
        } else {
            #expect(first["RateLimit"]?.hasPrefix("\"all\";r=") == true, "\(first)")
            #expect(first["RateLimit-Policy"] == "\"all\";q=3;w=3600")
        }
        var denied = first
        #expect(
            try eventually {
                denied = try site.get("/page"); return denied.status == 429
            })
        #expect(denied["Content-Type"] == "application/problem+json")
        #expect(denied["RateLimit"]?.hasPrefix("\"paid\";r=0;t=") == true, "the slowest of two")
        #expect(denied["Cache-Control"] == "no-store")
        #expect(denied["Retry-After"].flatMap { Int($0) }.map { (1...31_622_400).contains($0) } == true)
        #expect(
            denied.body
                == "{\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\",\"title\":\"Request cannot be satisfied as assigned quota has been exceeded\",\"status\":429,\"reason\":\"quota\",\"violated-policies\":[\"paid\",\"all\"]}"
        )
        var login = denied
        #expect(
            try eventually {
                login = try site.get("/login"); return login.status == 401
            })
        #expect(login["WWW-Authenticate"] == "Bearer realm=\"api\"")
        #expect(try site.agent.metric("weir_checks_total{decision=\"allow\"}") == 3)
    }

    @Test(arguments: Variant.allCases)
    func aRuleMayAnswer402(_ variant: Variant) throws {
        let site = try CaddyUnderTest(["WEIR_LIMITS": "pay: 1/day by api_key answer 402"], variant: variant)
        var denied = try site.get("/", ["X-API-Key: k"])
        #expect(
            try eventually {
                denied = try site.get("/", ["Authorization: Bearer k"]); return denied.status == 402
            })
        #expect(denied.body.contains("\"status\":402,\"reason\":\"quota\",\"violated-policies\":[\"pay\"]"))
    }

    @Test(arguments: Variant.allCases)
    func methodPathAndBodyReachTheSite(_ variant: Variant) throws {
        let site = try CaddyUnderTest(["WEIR_LIMITS": "all: 1M/s by ip; no: deny when method=PUT"], variant: variant)
        for method in ["POST", "DELETE"] {
            var reply = try site.ask(method, "/a%20b/?q=1", body: "a=b")
            #expect(
                try eventually {
                    reply = try site.ask(method, "/a%20b/?q=1", body: "a=b"); return reply.status == 200
                })
            #expect(reply["X-Seen"] == "\(method) /a%20b/?q=1 [a=b]")
        }
        #expect(try eventually { try site.ask("PUT", "/", body: "a=b").status == 403 })
        for status in [403, 429, 502] {
            #expect(try eventually { try site.get("/own\(status)").body == "the site's own" })
            #expect(try site.get("/own\(status)").status == status)
        }
    }

    @Test(arguments: Variant.allCases)
    func aClientCannotSpeakForCaddy(_ variant: Variant) throws {
        let site = try CaddyUnderTest(
            [
                "WEIR_LIMITS": "all: 2/h by ip; no: deny when plan=gold; x: deny when path=/cheap",
                "WEIR_HTTP_ATTRS": "plan",
            ],
            variant: variant)
        #expect(try eventually { try site.get("/").status == 429 })
        let paths = ["/?/check&ip=1&uri=/cheap", "/check", "/nginx?x=/forward", "/forward"]
        for (index, path) in paths.enumerated() {
            let forged = [
                "X-Original-URI: /cheap", "X-Forwarded-Uri: /cheap", "X-Forwarded-Method: HEAD",
                "X-Forwarded-For: 198.51.100.\(index)", "X-Real-IP: 198.51.100.\(index)",
                "Forwarded: for=198.51.100.\(index)",
                "X-Forwarded-Host: other", "Weir-Attr-plan: gold", "Weir-Attr-ip: 198.51.100.\(index)", "Weir-Peek: 1",
                "Weir-Decision: allow", "Weir-Rule: forged", "Connection: Upgrade", "Upgrade: websocket",
            ]
            #expect(try eventually { try site.get(path, forged).status == 429 }, "\(path)")
        }
        #expect(try site.agent.metric("weir_checks_total{decision=\"allow\"}") == 2)
        if variant == .forwardAuth {
            let other = try CaddyUnderTest(["WEIR_LIMITS": ""], variant: variant)
            #expect(
                try eventually { try other.get("/", ["Weir-Rule: forged"])["X-Seen-Rule"] == "default 399" },
                "not the client's, nor a placeholder")
        }
    }

    // MARK: Trouble

    @Test(arguments: Variant.allCases)
    func withoutAnAgentTheConfigurationDecidesAndWithOneItIsAskedAgain(_ variant: Variant) throws {
        let limits = ["WEIR_LIMITS": "all: 1/h by ip"]
        let site = try CaddyUnderTest(limits, variant: variant)
        #expect(try eventually { try site.get("/").status == 429 })
        site.agent.program.stop()
        let slow = try site.ask("POST", "/", body: "a=b")
        #expect(variant.statusWithoutAgent.contains(slow.status))
        if variant == .open { #expect(slow["X-Seen"] == "POST / [a=b]") }
        site.agent.program.send(SIGCONT)
        #expect(try eventually { try site.get("/").status == 429 })
        site.agent.program.kill()
        let gone = try site.get("/")
        #expect(variant.statusWithoutAgent.contains(gone.status))
        if variant == .closed {
            #expect(gone["Retry-After"] == "1" && gone["Cache-Control"] == "no-store")
            #expect(gone["Content-Type"] == "application/problem+json")
            #expect(gone.body == "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503}")
        }
        let successor = try AgentUnderTest(limits, in: site.agent.directory)
        #expect(try eventually { try site.get("/").status == 429 })
        #expect(successor.program.isRunning)
    }

    /// A site that fails is no reason to send a request to it twice, nor to say that the agent is gone.
    @Test(arguments: [Variant.open, .closed])
    func aSiteThatFailsIsNotTakenForAnAgentThatDoes(_ variant: Variant) throws {
        let site = try CaddyUnderTest(["WEIR_LIMITS": "all: 1M/s by ip"], variant: variant)
        var (reply, sent) = (try site.get("/"), 0)
        // On a machine that is busy an answer of the agent may take longer than Caddy waits.
        let isDecided = try eventually {
            sent = site.broken.requests
            reply = try site.ask("POST", "/", body: "a=b", port: site.brokenPort)
            return reply["RateLimit"] != nil
        }
        #expect(isDecided)
        #expect(reply.status == 502)
        #expect(reply["Retry-After"] == nil)
        #expect(site.broken.requests == sent + 1)
    }

    @Test(arguments: Variant.allCases)
    func aThousandRequestsShareOneConnectionToTheAgent(_ variant: Variant) throws {
        let site = try CaddyUnderTest(["WEIR_LIMITS": "all: 100k/s by ip; no: deny when path=/no"], variant: variant)
        let client = try ClientSocket(port: site.port)
        var late = 0
        for index in 0..<1_000 {
            let isDenied = index % 10 == 9
            let reply = try site.get(isDenied ? "/no" : "/", over: client)
            let isRight =
                reply.status == (isDenied ? 403 : 200) && (isDenied || variant != .open || reply["RateLimit"] != nil)
            if !isRight { late += 1 }
        }
        // Where an answer came too late for Caddy, it has closed that connection.
        #expect(late < 100)
        let accepted = try #require(try site.agent.metric("weir_connections_accepted_total"))
        #expect(accepted <= 1 + late, "\(accepted) connections, \(late) late")
    }
}
