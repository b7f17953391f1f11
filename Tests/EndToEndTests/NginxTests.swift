import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Every way in which nginx asks, with the files that are shipped for it.
@Suite struct NginxTests {
    private static let problem = "{\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\""

    // MARK: Answers

    @Test(arguments: NginxVariant.allCases)
    func allowedAndDeniedRequestsLookAsTheyShould(_ variant: NginxVariant) throws {
        let site = try NginxUnderTest(["WEIR_LIMITS": "all: 3/h by ip"], variant: variant)
        // On a machine that is busy an answer may take longer than nginx waits, and then the rule decides without an agent.
        var first = try site.get("/page?x=1")
        if first.status != 200 || first["RateLimit"] == nil, variant.showsLimits {
            let isAnswered = try eventually {
                first = try site.get("/page?x=1")
                return first["RateLimit"] != nil
            }
            #expect(isAnswered)
        }
        #expect(first.status == 200)
        #expect(first.body == "the site\n")
        #expect(first["X-Seen"] == "GET /page?x=1 []")
        #expect(first["Weir-Ticket"] == nil && first["Weir-Decision"] == nil)
        if variant.showsLimits {
            #expect(first["RateLimit"]?.hasPrefix("\"all\";r=") == true, "\(first)")
            #expect(first["RateLimit-Policy"] == "\"all\";q=3;w=3600")
        }
        var denied = first
        #expect(
            try eventually {
                denied = try site.get("/page"); return denied.status == 429
            })
        #expect(denied["Content-Type"] == "application/problem+json")
        #expect(denied["RateLimit"]?.hasPrefix("\"all\";r=0;t=1") == true, "\(denied)")
        #expect(denied["RateLimit-Policy"] == "\"all\";q=3;w=3600")
        #expect(denied["Retry-After"].flatMap { Int($0) }.map { (1_100...1_200).contains($0) } == true)
        #expect(denied["Cache-Control"] == "no-store")
        #expect(denied["Weir-Ticket"] == nil && denied["Weir-Rule"] == nil)
        #expect(
            denied.body
                == "\(Self.problem),\"title\":\"Request cannot be satisfied as assigned quota has been exceeded\",\"status\":429,\"reason\":\"rate\",\"violated-policies\":[\"all\"]}"
        )
        #expect(try site.agent.metric("weir_checks_total{decision=\"allow\"}") == 3)
    }

    @Test(arguments: NginxVariant.allCases)
    func otherStatusesAndTwoRulesAtOnce(_ variant: NginxVariant) throws {
        let rules = """
            paid: 1/year by api_key answer 402; fast: 1/min by api_key; key: deny 401 when path=/login no api_key
            no: deny 403 when path=/no
            """
        let site = try NginxUnderTest(["WEIR_LIMITS": rules], variant: variant)
        var denied = try site.get("/", ["X-API-Key: k"])
        #expect(
            try eventually {
                denied = try site.get("/", ["X-API-Key: k"]); return denied.status == 402
            })
        #expect(denied.body.contains("\"status\":402,\"reason\":\"quota\",\"violated-policies\":[\"paid\",\"fast\"]"))
        #expect(denied["Content-Type"] == "application/problem+json")
        // Another way to bring the same key.
        #expect(try eventually { try site.get("/", ["Authorization: Bearer k"]).status == 402 })
        var login = denied
        #expect(
            try eventually {
                login = try site.get("/%6Cogin"); return login.status == 401
            })
        #expect(login["WWW-Authenticate"] == "Bearer realm=\"api\"")
        var forbidden = denied
        #expect(
            try eventually {
                forbidden = try site.get("/no?x"); return forbidden.status == 403
            })
        #expect(forbidden.body.contains("\"reason\":\"blocked\""), "\(forbidden.body)")
    }

    @Test(arguments: NginxVariant.allCases)
    func methodPathAndBodyReachTheSite(_ variant: NginxVariant) throws {
        let site = try NginxUnderTest(["WEIR_LIMITS": "all: 1M/s by ip; no: deny when method=PUT"], variant: variant)
        for method in ["POST", "PATCH", "DELETE"] {
            var reply = try site.ask(method, "/a%20b/?q=1&q=2", body: "a=b")
            if variant.statusWithoutAgent != [200] {
                #expect(
                    try eventually {
                        reply = try site.ask(method, "/a%20b/?q=1&q=2", body: "a=b"); return reply.status == 200
                    })
            }
            #expect(reply["X-Seen"] == "\(method) /a%20b/?q=1&q=2 [a=b]")
        }
        #expect(
            try eventually { try site.ask("PUT", "/", body: "a=b").status == 403 },
            "the agent sees the request's own method")
    }

    @Test(arguments: NginxVariant.allCases)
    func theSitesOwnStatusesPassUntouched(_ variant: NginxVariant) throws {
        let site = try NginxUnderTest(["WEIR_LIMITS": "all: 1M/s by ip"], variant: variant)
        for status in [403, 404, 429, 502] {
            var reply = try site.get("/own\(status)")
            #expect(
                try eventually {
                    reply = try site.get("/own\(status)"); return reply.body == "the site's own\n"
                })
            #expect(reply.status == status)
        }
    }

    // MARK: Clients

    @Test(arguments: NginxVariant.allCases)
    func aClientCannotSpeakForNginx(_ variant: NginxVariant) throws {
        let site = try NginxUnderTest(
            ["WEIR_LIMITS": "all: 2/h by ip; no: deny when plan=gold", "WEIR_HTTP_ATTRS": "plan"], variant: variant)
        func forged(_ index: Int) -> [String] {
            [
                "X-Real-IP: 198.51.100.\(index)", "X-Forwarded-For: 198.51.100.\(index)", "X-Original-URI: /x",
                "X-Original-Method: PUT", "X-Accel-Redirect: @app", "Weir-Peek: 1", "Weir-Cost: 0",
                "Weir-Attr-plan: gold",
                "Weir-Attr-ip: 198.51.100.\(index)", "Weir-Status: 200", "Weir-Decision: allow",
            ]
        }
        #expect(try eventually { try site.get("/?/check&ip=1").status == 429 })
        let paths = [
            "/?/check&ip=1&weir_app=@app&weir_when_away=open", "/accel/app", "/nginx", "/@app", "/%40app",
            "/check?x=/accel",
        ]
        for (index, path) in paths.enumerated() {
            var reply = try site.get(path, forged(index))
            if variant.isOpen {
                #expect(
                    try eventually {
                        reply = try site.get(path, forged(index)); return reply.status == 429
                    })
            }
            #expect(reply.status == 429 || variant.statusWithoutAgent.contains(reply.status), "\(path)")
        }
        #expect(try site.agent.metric("weir_checks_total{decision=\"allow\"}") == 2)
        if variant.files.server != nil { #expect(try site.get("/_weir", forged(9)).status == 404, "it is nginx's own") }
        // Two keys contradict each other: which of them counts is not for the client to choose.
        #expect(
            try eventually { [400, 403, 429].contains(try site.get("/", ["X-API-Key: a", "X-API-Key: b"]).status) })
    }

    // MARK: Trouble

    @Test(arguments: NginxVariant.allCases)
    func withoutAnAgentTheConfigurationDecidesAndWithOneItIsAskedAgain(_ variant: NginxVariant) throws {
        let limits = ["WEIR_LIMITS": "all: 1/h by ip"]
        let site = try NginxUnderTest(limits, variant: variant)
        #expect(try eventually { try site.get("/").status == 429 })
        // Stopped: nginx waits its 50 ms.
        site.agent.program.stop()
        #expect(try variant.statusWithoutAgent.contains(site.get("/").status))
        #expect(try variant.statusWithoutAgent.contains(site.ask("POST", "/", body: "a=b").status))
        // It was slow, no more: what it answers late is nobody's answer.
        site.agent.program.send(SIGCONT)
        #expect(try eventually { try site.get("/").status == 429 })
        site.agent.program.kill()
        let gone = try site.ask("POST", "/", body: "a=b")
        #expect(variant.statusWithoutAgent.contains(gone.status))
        if variant.isOpen {
            #expect(gone["X-Seen"] == "POST / [a=b]")
        } else if variant != .accelClosed {
            #expect(gone["Retry-After"] == "1")
            #expect(gone["Content-Type"] == "application/problem+json")
            #expect(gone.body == "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503}")
        }
        let successor = try AgentUnderTest(
            limits.merging(["WEIR_SOCKET_GROUP": "www-data"]) { $1 }, in: site.agent.directory)
        #expect(try eventually { try site.get("/").status == 429 })
        #expect(successor.program.isRunning)
    }

    @Test(arguments: NginxVariant.allCases)
    func aThousandRequestsShareOneConnectionToTheAgent(_ variant: NginxVariant) throws {
        let site = try NginxUnderTest(["WEIR_LIMITS": "all: 100k/s by ip; no: deny when path=/no"], variant: variant)
        let client = try ClientSocket(port: site.port)
        var wrong = 0
        for index in 0..<1_000 {
            let status = try site.get(index % 10 == 9 ? "/no" : "/", over: client).status
            if status != (index % 10 == 9 ? 403 : 200) { wrong += 1 }
        }
        // On a machine that is busy an answer may come too late for nginx, which closes that connection.
        let late = site.lateAnswers
        #expect(wrong <= late)
        let accepted = try #require(try site.agent.metric("weir_connections_accepted_total"))
        #expect(accepted <= 1 + late, "\(accepted) connections, \(late) late")
        #expect(try site.agent.metric("weir_checks_total{decision=\"allow\"}") == 900)
    }

    /// nginx asks again when it goes on to another location by itself; the request was decided.
    @Test func anIndexPageIsCountedOnce() throws {
        let site = try NginxUnderTest(["WEIR_LIMITS": "all: 3/h by ip"], isStatic: true)
        var reply = try site.get("/")
        if reply["RateLimit"] == nil {
            #expect(
                try eventually {
                    reply = try site.get("/"); return reply["RateLimit"] != nil
                })
        }
        #expect(reply.body == "the site\n")
        #expect(reply["RateLimit"] == "\"all\";r=2;t=1200")
        #expect(try site.get("/missing").status == 404)
    }
}
