import Foundation
import Testing
import WeirTestSupport

/// The HTTP door at a real socket: how connections are kept, what is refused, and reports.
@Suite struct HTTPSocketTests {
    private static let good = "GET /check HTTP/1.1\r\nHost: w\r\nWeir-Attr-ip: 192.0.2.1\r\n\r\n"

    private func agent(_ settings: [String: String] = ["WEIR_LIMITS": "all: 1M/year by ip"]) throws -> AgentUnderTest {
        try AgentUnderTest(settings)
    }

    private func post(_ target: String, _ body: String, over client: ClientSocket) throws -> HTTPReply {
        client.send("POST \(target) HTTP/1.1\r\nHost: w\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        return try #require(client.receiveResponse())
    }

    // MARK: Connections

    @Test func aConnectionServesAThousandRequestsWithoutAndWithBodies() throws {
        let agent = try agent()
        let client = try ClientSocket(unix: agent.httpSocket)
        for index in 0..<1_000 {
            let body = index % 3 == 0 ? "GET /nginx HTTP/1.1\r\n\r\n" : ""
            client.send(
                "GET /check HTTP/1.1\r\nHost: w\r\nContent-Length: \(body.utf8.count)\r\nWeir-Attr-ip: 192.0.2.1\r\n\r\n\(body)"
            )
            #expect(client.receiveResponse()?["Weir-Remaining"] == "\(999_999 - index)")
        }
        #expect(try agent.metric("weir_connections_accepted_total") == 1)
    }

    @Test func aHundredRequestsInOneWriteAreAnsweredInTheirOrder() throws {
        let agent = try agent(["WEIR_LIMITS": "all: 60/year by ip"])
        let client = try ClientSocket(unix: agent.httpSocket)
        client.send(String(repeating: Self.good, count: 100))
        let replies = (0..<100).compactMap { _ in client.receiveResponse() }
        #expect(replies.map(\.status) == Array(repeating: 200, count: 60) + Array(repeating: 429, count: 40))
        #expect(replies.prefix(60).map { $0["Weir-Remaining"] } == (0..<60).reversed().map { "\($0)" })
    }

    @Test func anOldClientIsClosedUnlessItAsksToStay() throws {
        let agent = try agent()
        let once = try ClientSocket(unix: agent.httpSocket)
        once.send("GET /nginx HTTP/1.0\r\nX-Real-IP: 192.0.2.1\r\n\r\n")
        let reply = try #require(once.receiveResponse())
        #expect(reply.status == 200 && reply["Connection"] == "close")
        #expect(once.receive(within: 5) == [])
        let staying = try ClientSocket(unix: agent.httpSocket)
        for _ in 0..<3 {
            staying.send("GET /nginx HTTP/1.0\r\nConnection: Keep-Alive\r\nX-Real-IP: 192.0.2.1\r\n\r\n")
            #expect(staying.receiveResponse()?["Connection"] == "keep-alive")
        }
    }

    @Test(arguments: [
        ("GET /check HTTP/1.1\r\nHost: w\r\n folded: x\r\n\r\n", 400),
        ("GET /check HTTP/1.1\r\nHost: w\r\nX-A: b\r\n c\r\n\r\n", 400),
        ("POST /check HTTP/1.1\r\nHost: w\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST /check HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
        ("a=bGET /check HTTP/1.1\r\nHost: w\r\n\r\n", 400), ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\n", 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505), ("hello\r\n\r\n", 400),
    ])
    func garbageIsAnsweredAndClosedAndNobodyElseFeelsIt(_ request: String, _ status: Int) throws {
        let agent = try agent()
        let other = try ClientSocket(unix: agent.httpSocket)
        other.send(Self.good)
        #expect(other.receiveResponse()?.status == 200)
        let client = try ClientSocket(unix: agent.httpSocket)
        client.send(request + Self.good)
        #expect(client.receiveResponse()?.status == status)
        #expect(client.receive(within: 5) == [], "closed, and what came behind was no request")
        other.send(Self.good)
        #expect(other.receiveResponse()?.status == 200)
        #expect(try agent.metric("weir_door_malformed_total") == 1)
    }

    @Test func sixtyFourKibibytesOfHeadersAreReadAndMoreAreNot() throws {
        let agent = try agent()
        let client = try ClientSocket(unix: agent.httpSocket)
        let head = "GET /check HTTP/1.1\r\nHost: w\r\nWeir-Attr-ip: 192.0.2.1\r\n"
        func request(_ bytes: Int) -> String {
            let fields = (0..<8).map { "X-\($0): \(String(repeating: "v", count: 8_000))\r\n" }.joined()
            let rest = bytes - head.utf8.count - fields.utf8.count - 10
            return head + fields + "X-Last: " + String(repeating: "v", count: rest - 2) + "\r\n\r\n"
        }
        #expect(request(65_535).utf8.count == 65_535)
        client.send(request(65_535))
        #expect(client.receiveResponse()?.status == 200)
        client.send(request(65_536))
        #expect(client.receiveResponse()?.status == 431)
        #expect(client.receive(within: 5) == [])
    }

    @Test func whoWaitsToBeAskedForABodyIsAnswered() throws {
        let agent = try agent()
        let client = try ClientSocket(unix: agent.httpSocket)
        client.send("POST /check HTTP/1.1\r\nHost: w\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        #expect(client.receiveResponse()?.status == 200, "the body is not wanted")
        #expect(client.receive(within: 5) == [], "and must not be taken for a request")
        let reporting = try ClientSocket(unix: agent.httpSocket)
        let body = "{\"ticket\":\"-\",\"status\":200}"
        reporting.send(
            "POST /report HTTP/1.1\r\nHost: w\r\nExpect: 100-continue\r\nContent-Length: \(body.utf8.count)\r\n\r\n")
        #expect(reporting.receiveResponse()?.status == 100)
        reporting.send(body)
        #expect(reporting.receiveResponse()?.status == 200)
    }

    @Test func aReportWhoseBodyDoesNotComeIsClosedAtItsDeadline() throws {
        let agent = try agent()
        let client = try ClientSocket(unix: agent.httpSocket)
        client.send("POST /report HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\n[{\"ticket\":")
        #expect(client.receiveResponse()?.status == 408)
        #expect(client.receive(within: 5) == [])
        #expect(try agent.metric("weir_door_deadlines_total") == 1)
    }

    // MARK: Reports

    @Test func aReportOverHTTPIsUsageAndFreesWhatWasTaken() throws {
        let agent = try agent(["WEIR_LIMITS": "together: 1 concurrent by ip; quota: 100/year by ip"])
        let client = try ClientSocket(unix: agent.httpSocket)
        func check(_ headers: [String] = []) throws -> HTTPReply {
            client.send(
                "GET /check HTTP/1.1\r\nHost: w\r\nWeir-Attr-ip: 192.0.2.1\r\n" + headers.map { "\($0)\r\n" }.joined()
                    + "\r\n")
            return try #require(client.receiveResponse())
        }
        let first = try check(["Weir-Cost: 60", "Weir-Reserve: 1"])
        #expect(first["RateLimit-Policy"] == "\"together\";q=1;qu=\"concurrent-requests\"")
        let ticket = try #require(first["Weir-Ticket"])
        #expect(try check()["Weir-Reason"] == "concurrency")
        let report = "[{\"ticket\":\"\(ticket)\",\"status\":201,\"bytes_in\":7,\"bytes_out\":12345,\"cost\":10}]"
        #expect(
            try post("/report", report, over: client).body == "{\"accepted\":1,\"repeated\":0,\"late\":0,\"unknown\":0}"
        )
        #expect(
            try post("/report", report, over: client).body == "{\"accepted\":0,\"repeated\":1,\"late\":0,\"unknown\":0}"
        )
        let second = try check(["Weir-Cost: 90"])
        #expect(second.status == 200, "ten of a hundred were used, and the slot is free")
        let next = try #require(second["Weir-Ticket"])
        #expect(try post("/release", "{\"ticket\":\"\(next)\"}", over: client).body == "{\"released\":1,\"unknown\":0}")
        #expect(try check()["Weir-Reason"] == "quota")
        #expect(try agent.metric("weir_usage_reports_total") == 2)
        let refused = try post("/report", "{\"ticket\":\"\(ticket)\",\"status\":\"201\"}", over: client)
        #expect(refused.status == 400)
        #expect(refused.body.contains("entry 1, status: expected a whole number from 100 to 599; nothing was counted"))
    }

    @Test func overTCPNobodyReportsUnlessThatIsSaid() throws {
        for isTrusted in [false, true] {
            let port = freePort()
            let agent = try agent([
                "WEIR_HTTP_LISTEN": "127.0.0.1:\(port)", "WEIR_HTTP_TRUST_TCP": isTrusted ? "on" : "off",
            ])
            let client = try ClientSocket(port: port)
            for target in ["/report", "/release"] {
                #expect(
                    try post(target, "{\"ticket\":\"-\"}", over: client).status
                        == (isTrusted ? target == "/report" ? 400 : 200 : 404))
            }
            client.send(Self.good)
            #expect(client.receiveResponse()?.status == (isTrusted ? 200 : 404))
            #expect(agent.program.isRunning)
        }
    }

    // MARK: Settings

    @Test func headersAndJitterAreAsTheSettingsSay() throws {
        let agent = try agent(["WEIR_LIMITS": "all: 1/min by ip", "WEIR_HEADERS": "both", "WEIR_RETRY_JITTER": "100%"])
        let client = try ClientSocket(unix: agent.httpSocket)
        var seen: Set<String> = []
        for _ in 0..<40 {
            client.send(Self.good)
            let reply = try #require(client.receiveResponse())
            #expect(reply["RateLimit-Policy"] == "\"all\";q=1;w=60")
            #expect(reply["X-RateLimit-Limit"] == "1" && reply["X-RateLimit-Remaining"] == "0")
            guard reply.status == 429, let wait = reply["Retry-After"] else { continue }
            #expect(Int(wait).map { (50...120).contains($0) } == true, "\(wait)")
            seen.insert(wait)
        }
        #expect(seen.count > 5)
    }

    @Test func aSettingThatIsNoneIsRefusedWithWhatItMayBe() throws {
        let agent = try AgentUnderTest(["WEIR_HEADERS": "github", "WEIR_RETRY_JITTER": "101%"], isReady: false)
        #expect(agent.program.wait() == 64)
        #expect(
            agent.program.log.contains(
                "WEIR_HEADERS=github: expected ietf, draft7, draft6, legacy, legacy-epoch, both, none"))
        #expect(agent.program.log.contains("WEIR_RETRY_JITTER=101%: expected off, a duration"))
    }
}
