import Testing
import WeirAgent
import WeirCore

/// What the HTTP door answers, dialect by dialect.
@Suite struct HTTPDoorTests {
    private let advertised = [
        "Weir-Decision", "Weir-Reason", "Weir-Rule", "Weir-Remaining", "Weir-Ticket", "Weir-Status", "RateLimit",
        "RateLimit-Policy", "Retry-After",
    ]

    // MARK: Answers

    @Test func allowIsExactly200WithoutABody() throws {
        let response = try DoorHarness().ask("/nginx", ["X-Real-IP: 192.0.2.1"])
        #expect(response.status == 200)
        #expect(response["Content-Length"] == "0")
        #expect(response.body.isEmpty)
        #expect(response["Weir-Decision"] == "allow")
        #expect(response["Weir-Reason"] == "ok")
        #expect(response["Weir-Rule"] == "default")
        #expect(response["Weir-Remaining"] == "4")
        #expect(response["Weir-Status"] == "200")
        #expect(response["Weir-Ticket"]?.count == 48)
        #expect(response["RateLimit"] == "\"default\";r=4;t=12")
        #expect(response["RateLimit-Policy"] == "\"default\";q=5;w=60")
        #expect(response["Retry-After"] == "0")
        #expect(response["Weir-Body"] == "")
    }

    @Test func aDenialToNginxIs403WithTheRestInHeaders() throws {
        let door = try DoorHarness()
        for _ in 0..<5 { _ = try door.ask("/nginx", ["X-Real-IP: 192.0.2.1"]) }
        let response = try door.ask("/nginx", ["X-Real-IP: 192.0.2.1"])
        #expect(response.status == 403)
        #expect(response["Content-Length"] == "0")
        #expect(response["Weir-Decision"] == "deny")
        #expect(response["Weir-Reason"] == "rate")
        #expect(response["Weir-Status"] == "429")
        #expect(response["Weir-Ticket"] == "-")
        #expect(response["Retry-After"] == "12")
        #expect(response["RateLimit"] == "\"default\";r=0;t=12")
        #expect(
            response["Weir-Body"]
                == "{\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\",\"title\":\"Request cannot be satisfied as assigned quota has been exceeded\",\"status\":429,\"reason\":\"rate\",\"violated-policies\":[\"default\"]}"
        )
    }

    @Test func aDenialToOthersIsItsOwnStatusAndBody() throws {
        for (target, headers) in [
            ("/forward", ["X-Forwarded-For: 192.0.2.1"]), ("/envoy/x", ["X-Envoy-External-Address: 192.0.2.1"]),
            ("/check", ["Weir-Attr-ip: 192.0.2.1"]), ("/accel", ["X-Real-IP: 192.0.2.1"]),
        ] {
            let door = try DoorHarness()
            for _ in 0..<5 { #expect(try door.ask(target, headers).status == 200) }
            let response = try door.ask(target, headers)
            #expect(response.status == 429, "\(target)")
            #expect(response["Content-Type"] == "application/problem+json")
            #expect(response["Cache-Control"] == "no-store")
            #expect(
                response.body.hasPrefix("{\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\""))
            #expect(response["Weir-Body"] == nil)
        }
    }

    @Test func everyAdvertisedHeaderIsInEveryAnswer() throws {
        let door = try DoorHarness("login: 1/min by ip when path=/login; no: deny when user=x")
        for (target, headers) in [
            ("/nginx", []), ("/nginx", ["X-Real-IP: 192.0.2.1", "X-Original-URI: /login"]),
            ("/nginx", ["X-Real-IP: 192.0.2.1", "X-Original-URI: /login"]), ("/forward", []),
            ("/check", ["Weir-Attr-user: x"]),
            ("/envoy", []), ("/accel", []),
        ] {
            let response = try door.ask(target, headers)
            for name in advertised { #expect(response[name] != nil, "\(name) of \(target)") }
        }
    }

    @Test func withoutALimitTheListsAreEmpty() throws {
        let response = try DoorHarness("").ask("/forward")
        #expect(response["Weir-Rule"] == "-")
        #expect(response["Weir-Reason"] == "unlimited")
        #expect(response["RateLimit"] == "")
        #expect(response["RateLimit-Policy"] == "")
        let blocked = try DoorHarness("no: deny when user=x").ask("/check", ["Weir-Attr-User: x"])
        #expect(blocked.status == 403)
        #expect(blocked["Weir-Rule"] == "no")
        #expect(blocked["Retry-After"] == "")
        #expect(
            blocked.body == "{\"type\":\"about:blank\",\"title\":\"Forbidden\",\"status\":403,\"reason\":\"blocked\"}")
    }

    @Test func aMissingKeyIs401ToAll() throws {
        for target in ["/nginx", "/forward", "/check"] {
            let response = try DoorHarness("nokey: deny 401 when no api_key").ask(target)
            #expect(response.status == 401)
            #expect(response["WWW-Authenticate"] == "Bearer realm=\"api\"")
            #expect(response["Weir-Reason"] == "key-missing")
        }
    }

    @Test func aRuleMayAnswerAnyStatus() throws {
        let door = try DoorHarness("pay: 1/min by ip answer 402")
        _ = try door.ask("/forward", ["X-Forwarded-For: 192.0.2.1"])
        #expect(try door.ask("/forward", ["X-Forwarded-For: 192.0.2.1"]).status == 402)
        let nginx = try door.ask("/nginx", ["X-Real-IP: 192.0.2.1"])
        #expect(nginx.status == 403)
        #expect(nginx["Weir-Status"] == "402")
    }

    // MARK: Attributes

    /// The rules show what the door understood: each attribute that matches denies with its own status.
    private let mirror = """
        ip:     deny 451 when ip=198.51.100.7
        method: deny 452 when method=DELETE
        path:   deny 453 when path=/secret
        host:   deny 454 when host=api.example.com
        plan:   deny 455 when plan=gold
        login:  deny 456 when login_name=bob
        user:   deny 457 when user=eve
        """

    private func status(_ target: String, _ headers: [String], method: String = "GET", hops: Int = 1) throws -> Int {
        let policy = HTTPPolicy(
            attributes: ["plan", "login_name"], trustedHops: hops, servesProxies: true, servesChecks: true)
        let response = try DoorHarness(mirror).ask(target, headers, method: method, policy: policy)
        return response["Weir-Status"].flatMap { Int($0) } ?? response.status
    }

    @Test func nginxReadsItsOwnHeadersOnly() throws {
        #expect(try status("/nginx", ["X-Real-IP: 198.51.100.7"]) == 451)
        #expect(try status("/nginx", ["x-original-method: DELETE"]) == 452)
        #expect(try status("/nginx", ["X-Original-URI: /a/../secret?x=1"]) == 453)
        #expect(try status("/nginx", ["Weir-Attr-Plan: gold"]) == 455)
        #expect(try status("/nginx", ["Weir-Attr-Login-Name: bob"]) == 456)
        for header in [
            "X-Forwarded-For: 198.51.100.7", "X-Forwarded-Method: DELETE", "X-Forwarded-Uri: /secret",
            "X-Forwarded-Host: api.example.com", "X-Envoy-External-Address: 198.51.100.7", "Weir-Attr-ip: 198.51.100.7",
            "Weir-Attr-path: /secret", "Weir-Attr-user: eve",
        ] {
            #expect(try status("/nginx", [header]) == 200, "\(header)")
        }
        #expect(try status("/nginx", [], method: "DELETE") == 200)
    }

    @Test func accelReadsWhatNginxReadsAndShowsItsOwnStatus() throws {
        #expect(try status("/accel", ["X-Real-IP: 198.51.100.7"]) == 451)
        #expect(try status("/accel/site", ["X-Original-Method: DELETE"]) == 452)
        #expect(try status("/accel", ["X-Original-URI: /secret?x=1"]) == 453)
        for header in [
            "X-Forwarded-For: 198.51.100.7", "X-Forwarded-Uri: /secret", "X-Accel-Redirect: /secret", "Weir-Cost: 99",
        ] {
            #expect(try status("/accel", [header]) == 200, "\(header)")
        }
    }

    @Test func accelGoesOnAtTheNamedLocationOfItsPathAndNowhereElse() throws {
        let door = try DoorHarness("all: 2/min by ip")
        let client = ["X-Real-IP: 192.0.2.1"]
        let first = try door.ask("/accel?/accel/other&location=other", client)
        #expect(first["X-Accel-Redirect"] == "@app")
        #expect(first.body.isEmpty)
        #expect(try door.ask("/accel/shop_2-b?x=@admin", client)["X-Accel-Redirect"] == "@shop_2-b")
        let denied = try door.ask("/accel/shop", client)
        #expect(denied.status == 429)
        #expect(denied["X-Accel-Redirect"] == nil)
        #expect(denied.body.contains("\"violated-policies\":[\"all\"]"))
        #expect(try door.ask("/accel", client + client).status == 400)
        #expect(try door.ask("/nginx", ["X-Real-IP: 192.0.2.2"])["X-Accel-Redirect"] == nil)
    }

    /// Envoy asks with the request's own method; a body behind a HEAD would be taken for the next answer.
    @Test func anAnswerToHEADHasNoBody() throws {
        let door = try DoorHarness("no: deny when method=HEAD")
        let request = "HEAD /envoy/x HTTP/1.1\r\nHost: w\r\n\r\n"
        let (output, isClosed) = door.http([request + request])
        #expect(!isClosed)
        #expect(output.components("HTTP/1.1 403").count == 3)
        #expect(!output.contains("{"))
        #expect(!door.http(["HEAD /nowhere HTTP/1.1\r\nHost: w\r\n\r\n"]).output.contains("expected"))
    }

    @Test func forwardReadsItsOwnHeadersOnly() throws {
        #expect(try status("/forward", ["X-Forwarded-For: 192.0.2.1, 198.51.100.7"]) == 451)
        #expect(try status("/forward", ["X-Forwarded-Method: DELETE"]) == 452)
        #expect(try status("/forward", ["X-Forwarded-Uri: /secret"]) == 453)
        #expect(try status("/forward", ["X-Forwarded-Host: API.example.com:443"]) == 454)
        for header in [
            "X-Real-IP: 198.51.100.7", "X-Original-URI: /secret", "X-Original-Method: DELETE",
            "Weir-Attr-host: api.example.com",
            "X-Envoy-External-Address: 198.51.100.7", "Weir-Cost: 99999",
        ] {
            #expect(try status("/forward", [header]) == 200, "\(header)")
        }
    }

    @Test func envoyReadsItsRequestLine() throws {
        #expect(try status("/envoy/secret?x=/y", []) == 453)
        #expect(try status("/envoy/x", [], method: "DELETE") == 452)
        #expect(try status("/envoy/x", ["X-Envoy-External-Address: 198.51.100.7"]) == 451)
        #expect(try status("/envoy/x", ["X-Forwarded-For: 198.51.100.7"]) == 451)
        #expect(
            try status("/envoy/x", ["X-Envoy-External-Address: 192.0.2.1", "X-Forwarded-For: 198.51.100.7"]) == 200)
        #expect(try status("/envoy/x", ["X-Real-IP: 198.51.100.7"]) == 200)
    }

    @Test func theClientIsTheNthForwardedEntryFromTheRight() throws {
        let chain = ["X-Forwarded-For: 198.51.100.7, 192.0.2.1", "X-Forwarded-For:  192.0.2.2 ,, 192.0.2.3"]
        #expect(try status("/forward", chain, hops: 1) == 200)
        #expect(try status("/forward", chain, hops: 3) == 200)
        #expect(try status("/forward", chain, hops: 4) == 451)
        #expect(try status("/forward", chain, hops: 9) == 451)
        #expect(try status("/forward", ["X-Forwarded-For: , ,"], hops: 1) == 200)
    }

    /// Servers pass on what clients send: no option is ever taken from the query.
    @Test func theQueryChoosesNothing() throws {
        for target in [
            "/nginx?dialect=/forward&ip=198.51.100.7&path=/secret", "/forward?/check&Weir-Attr-ip=198.51.100.7&cost=0",
            "/check?ip=198.51.100.7",
        ] {
            #expect(try status(target, ["X-Forwarded-For: 192.0.2.1"]) == 200, "\(target)")
        }
    }

    @Test func checkNamesEveryAttributeCostAndPeek() throws {
        let door = try DoorHarness()
        let headers = ["Weir-Attr-ip: 192.0.2.1"]
        #expect(try door.ask("/check", headers + ["Weir-Peek: 1"])["Weir-Remaining"] == "5")
        #expect(try door.ask("/check", headers + ["Weir-Cost: 3"])["Weir-Remaining"] == "2")
        #expect(try door.ask("/check", headers + ["Weir-Cost: 3"]).status == 429)
        #expect(try door.ask("/check", headers + ["Weir-Peek: 0"])["Weir-Remaining"] == "1")
        for cost in ["-1", "x", "1.5", "99999999999999999999", ""] {
            #expect(try door.ask("/check", headers + ["Weir-Cost: \(cost)"]).status == 400)
        }
    }

    @Test func aReservationIsMadeByCheckAlone() throws {
        let door = try DoorHarness("quota: 100/year by ip")
        #expect(try door.ask("/check", ["Weir-Attr-ip: 192.0.2.1", "Weir-Cost: 60", "Weir-Reserve: 1"]).status == 200)
        #expect(door.limiter.openCheckCount == 1)
        #expect(try door.ask("/nginx", ["X-Real-IP: 192.0.2.1", "Weir-Reserve: 1"]).status == 200)
        #expect(door.limiter.openCheckCount == 1)
    }

    @Test func theKeyIsXAPIKeyThenABearerToken() throws {
        let rules = "a: 1/h by api_key when api_key; none: deny 401 when no api_key"
        func key(_ headers: [String]) throws -> Bool {
            let door = try DoorHarness(rules)
            _ = try door.ask("/check", ["Weir-Attr-api_key: the-key"])
            return try door.ask("/forward", headers).status == 429
        }
        #expect(try key(["X-API-Key: the-key"]))
        #expect(try key(["Authorization: Bearer the-key"]))
        #expect(try key(["authorization: bearer   the-key  "]))
        #expect(try key(["X-Api-Key: the-key", "Authorization: Bearer another"]))
        #expect(try key(["X-Api-Key:", "Authorization: Bearer the-key"]))
        #expect(try !key(["X-Api-Key: another", "Authorization: Bearer the-key"]))
        #expect(try DoorHarness(rules).ask("/forward", ["Authorization: Basic dGhlLWtleQ=="]).status == 401)
        #expect(try DoorHarness(rules).ask("/forward", ["Authorization: Bearer "]).status == 401)
    }

    @Test func aFieldThatMayComeOnceComesOnce() throws {
        for headers in [
            ["X-Real-IP: 192.0.2.1", "X-Real-IP: 192.0.2.2"], ["X-Original-URI: /a", "X-Original-URI: /b"],
            ["X-API-Key: a", "X-API-Key: b"], ["Weir-Attr-plan: a", "Weir-Attr-Plan: b"],
        ] {
            #expect(try DoorHarness(mirror).ask("/nginx", headers).status == 403, "\(headers)")
            let forward = headers.map { $0.components("X-Original-URI").joined(separator: "X-Forwarded-Uri") }
            if !headers[0].hasPrefix("X-Real") {
                #expect(try DoorHarness(mirror).ask("/forward", forward).status == 400)
            }
        }
    }

    // MARK: Paths that are served

    @Test func anUnknownPathIs404AndCounted() throws {
        let door = try DoorHarness()
        for target in [
            "/", "/Nginx", "/nginx2", "//nginx", "/%6eginx", "/x/../nginx", "/./check", "nginx", "http://weir/nginx",
            "*", "/report/", "/report?x", "/releases", "/forwarded", "/accelerate", "/accel/", "/accel/@app",
            "/accel/a/b",
            "/accel/%61", "/accel/\(String(repeating: "a", count: 64))",
        ] {
            #expect(try door.ask(target).status == 404, "\(target)")
        }
        #expect(door.tally.unknownPaths == 20)
        #expect(door.tally.requests == 0)
        #expect(try door.ask("/nginx/anything").status == 200)
    }

    @Test func aListenerServesOnlyWhatItIsFor() throws {
        let tcp = HTTPPolicy(attributes: [], trustedHops: 1, servesProxies: true, servesChecks: false)
        for target in ["/check", "/report", "/release"] {
            #expect(try DoorHarness().ask(target, method: "POST", policy: tcp).status == 404, "\(target)")
        }
        #expect(try DoorHarness().ask("/forward", policy: tcp).status == 200)
        let own = HTTPPolicy(attributes: [], trustedHops: 1, servesProxies: false, servesChecks: true)
        #expect(try DoorHarness().ask("/check", policy: own).status == 200)
        #expect(try DoorHarness().ask("/report", policy: own).status == 405)
        for target in ["/nginx", "/accel", "/forward", "/envoy/x"] {
            #expect(try DoorHarness().ask(target, policy: own).status == 404, "\(target)")
        }
    }
}
