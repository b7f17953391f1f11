import Testing
import WeirAgent
import WeirCore

/// Reports and releases over HTTP: what their bodies may be, what they change, and how a body is collected.
@Suite struct HTTPReportTests {
    private func post(_ door: DoorHarness, _ target: String, _ body: String, _ headers: [String] = []) throws
        -> DoorHarness.Response
    {
        let request = Self.request(target, body, headers)
        return try DoorHarness.responses(door.http([request]).output)[0]
    }

    private static func request(_ target: String, _ body: String, _ headers: [String] = []) -> String {
        "POST \(target) HTTP/1.1\r\nHost: w\r\nContent-Length: \(body.utf8.count)\r\n"
            + headers.map { "\($0)\r\n" }.joined() + "\r\n\(body)"
    }

    private let client = ["Weir-Attr-ip: 192.0.2.1"]

    private func ticket(_ door: DoorHarness, _ headers: [String] = []) throws -> String {
        let answer = try door.ask("/check", client + headers)
        #expect(answer.status == 200)
        return try #require(answer["Weir-Ticket"])
    }

    private func answer(accepted: Int = 0, repeated: Int = 0, late: Int = 0, unknown: Int = 0) -> String {
        "{\"accepted\":\(accepted),\"repeated\":\(repeated),\"late\":\(late),\"unknown\":\(unknown)}"
    }

    // MARK: What it does

    @Test func aReportCountsOnceAndSaysWhatBecameOfEach() throws {
        let door = try DoorHarness("all: 100/h by ip")
        let (first, second) = (try ticket(door), try ticket(door))
        let unknown = String(repeating: "0", count: 47) + "1"
        let body = """
            [{"ticket":"\(first)","status":200,"bytes_in":10,"bytes_out":4611686018427387903,"cost":0},
             {"status": 503, "ticket": "\(second)" },\t{"ticket":"\(unknown)","status":599}, {"ticket":"-","status":100}]
            """
        let reply = try post(door, "/report", body)
        #expect(reply.status == 200)
        #expect(reply["Content-Type"] == "application/json")
        #expect(reply["Cache-Control"] == "no-store")
        #expect(reply.body == answer(accepted: 2, unknown: 2))
        #expect(try post(door, "/report", body).body == answer(repeated: 2, unknown: 2))
        #expect(try post(door, "/report", " {\"ticket\":\"\(first)\",\"status\":200}\n").body == answer(repeated: 1))
        #expect(door.tally.reports == 9)
        #expect(door.tally.malformed == 0)
    }

    @Test func aReportFreesSlotsAndSettlesWhatWasReserved() throws {
        let door = try DoorHarness("together: 1 concurrent by ip; quota: 100/year by ip")
        let first = try ticket(door, ["Weir-Cost: 60", "Weir-Reserve: 1"])
        #expect(try door.ask("/check", client)["Weir-Reason"] == "concurrency")
        let report = "{\"ticket\":\"\(first)\",\"status\":200,\"cost\":10}"
        #expect(try post(door, "/report", report).body == answer(accepted: 1))
        let second = try ticket(door, ["Weir-Cost: 90"])
        #expect(try post(door, "/release", "[{\"ticket\":\"\(second)\"}]").body == "{\"released\":1,\"unknown\":0}")
        #expect(try post(door, "/release", "{\"ticket\":\"\(second)\"}").body == "{\"released\":0,\"unknown\":1}")
        let spent = try door.ask("/check", client)
        #expect(spent["Weir-Reason"] == "quota", "ten and ninety of a hundred are used")
    }

    @Test func sixtyFourEntriesAreTakenAndOneMoreIsNone() throws {
        let door = try DoorHarness("all: 1000/h by ip")
        let tickets = try (0..<65).map { _ in try ticket(door) }
        func body(_ count: Int) -> String {
            "[" + tickets[..<count].map { "{\"ticket\":\"\($0)\",\"status\":200}" }.joined(separator: ",") + "]"
        }
        let refused = try post(door, "/report", body(65))
        #expect(refused.status == 400)
        #expect(refused.body.contains("the array: expected 1 to 64 entries"))
        #expect(
            try post(door, "/report", body(64)).body == answer(accepted: 64), "the one that was refused counted nothing"
        )
    }

    // MARK: Bodies that are refused

    @Test(arguments: [
        ("", "the body: expected a JSON object, or an array of 1 to 64"), ("[]", "the array: expected 1 to 64 entries"),
        ("x", "the body: expected"), ("5", "the body: expected"), ("[5]", "entry 1, the entry: expected a JSON object"),
        ("[\(good),5]", "entry 2, the entry: expected a JSON object"),
        ("[\(good)", "the array: expected a comma, or ]"),
        ("[\(good) \(good)]", "the array: expected a comma, or ]"), ("[\(good),]", "entry 2, the entry"),
        ("\(good)x", "the body: expected one JSON object"), ("[\(good)],", "the body: expected one JSON object"),
        ("\(good)\(good)", "the body: expected one JSON object"),
        ("{}", "entry 1, ticket: expected one, the Weir-Ticket"), ("{\"status\":200}", "entry 1, ticket: expected one"),
        ("{\"ticket\":\"-\"}", "entry 1, status: expected one, a whole number from 100 to 599"),
        ("{\"ticket\":\"-\",}", "entry 1, the object: expected a field's name in quotes"),
        ("{\"ticket\":\"-\" \"status\":200}", "entry 1, the object: expected a comma, or }"),
        ("{\"ticket\" \"-\"}", "entry 1, the object: expected a colon"),
        ("{\"ticket", "the object: expected a field's name"),
        ("{\"ticket\":\"zz\",\"status\":200}", "entry 1, ticket: expected 48 hexadecimal digits"),
        ("{\"ticket\":5,\"status\":200}", "entry 1, ticket: expected 48"),
        ("{\"ticket\":\"\\u002d\",\"status\":200}", "entry 1, ticket: expected 48"),
        ("{\"ticket\":\"-\",\"status\":99}", "entry 1, status: expected a whole number from 100 to 599"),
        ("{\"ticket\":\"-\",\"status\":600}", "entry 1, status: expected a whole number"),
        ("{\"ticket\":\"-\",\"status\":\"200\"}", "entry 1, status: expected a whole number"),
        ("{\"ticket\":\"-\",\"status\":2e2}", "entry 1, status: expected"),
        ("{\"ticket\":\"-\",\"status\":200.0}", "entry 1, status: expected"),
        ("{\"ticket\":\"-\",\"status\":0200}", "entry 1, status: expected"),
        ("{\"ticket\":\"-\",\"status\":200,\"status\":200}", "entry 1, status: expected it once"),
        ("{\"ticket\":\"-\",\"ticket\":\"-\"}", "entry 1, ticket: expected it once"),
        ("{\"ticket\":\"-\",\"status\":200,\"bytes_in\":-1}", "entry 1, bytes_in: expected a whole number below 2^62"),
        ("{\"ticket\":\"-\",\"status\":200,\"bytes_out\":4611686018427387904}", "entry 1, bytes_out: expected"),
        ("{\"ticket\":\"-\",\"status\":200,\"cost\":18446744073709551617}", "entry 1, cost: expected a whole number"),
        ("{\"ticket\":\"-\",\"status\":200,\"cost\":null}", "entry 1, cost: expected a whole number below 2^62"),
        (
            "{\"ticket\":\"-\",\"status\":200,\"bytesOut\":5}",
            "entry 1, the field bytesOut: expected ticket, status, bytes_in, bytes_out or cost; nothing was counted"
        ),
        ("{\"ticket\":\"-\",\"a b<\":5}", "entry 1, the field a?b?: expected ticket"),
        ("\u{0}\u{1}\u{ff}", "the body: expected"),
    ])
    func aBodyThatIsNoReportIsRefusedWithItsField(_ body: String, _ detail: String) throws {
        let door = try DoorHarness()
        let (output, isClosed) = door.http([Self.request("/report", body) + Self.request("/report", Self.good)])
        #expect(!isClosed, "what was sent is known to its end")
        let replies = try DoorHarness.responses(output)
        #expect(replies.map(\.status) == [400, 200])
        #expect(replies[0]["Content-Type"] == "application/problem+json")
        #expect(replies[0].body.contains(detail), "\(replies[0].body)")
        #expect(
            replies[0].body.hasPrefix(
                "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"detail\":\""))
        #expect(replies[0].body.hasSuffix("\"}"))
        #expect(replies[1].body == answer(unknown: 1))
        #expect(door.tally.malformed == 1)
    }

    private static let good = "{\"ticket\":\"-\",\"status\":200}"

    @Test func aBodyIsRightOrNothingOfItCounts() throws {
        let door = try DoorHarness()
        let first = try ticket(door)
        let entry = "{\"ticket\":\"\(first)\",\"status\":200}"
        #expect(try post(door, "/report", "[\(entry),{\"ticket\":\"-\",\"status\":1}]").status == 400)
        #expect(try post(door, "/report", entry).body == answer(accepted: 1))
    }

    @Test func aReleaseTakesTicketsAndNothingElse() throws {
        let door = try DoorHarness()
        let refused = try post(door, "/release", Self.good)
        #expect(refused.status == 400)
        #expect(refused.body.contains("the field status: expected ticket and nothing else"))
        #expect(try post(door, "/release", "{}").body.contains("ticket: expected one"))
    }

    // MARK: How a body comes

    @Test func aBodyIsCollectedByteByByteAndBetweenOthers() throws {
        func answers(_ parts: (String) -> [String]) throws -> String {
            let door = try DoorHarness("all: 100/h by ip")
            let reports = "[\(Self.good),\n\(Self.good)]"
            let all =
                Self.request("/report", reports) + "GET /nginx HTTP/1.1\r\nHost: w\r\n\r\n"
                + Self.request("/check", "thrown away") + Self.request("/release", "{\"ticket\":\"-\"}")
            let (output, isClosed) = door.http(parts(all))
            #expect(!isClosed)
            #expect(try DoorHarness.responses(output).map(\.status) == [200, 200, 200, 200])
            return output
        }
        let whole = try answers { [$0] }
        #expect(try answers { $0.map { String($0) } } == whole)
        for cut in stride(from: 1, to: 120, by: 7) {
            #expect(try answers { [String($0.prefix(cut)), String($0.dropFirst(cut))] } == whole)
        }
    }

    @Test func whoWaitsToBeAskedIsAskedOnceAndOnlyThen() throws {
        let expecting = Self.request("/report", Self.good, ["Expect: 100-continue"])
        let head = String(expecting.dropLast(Self.good.count))
        let door = try DoorHarness()
        let asked = door.http([head] + Self.good.map { String($0) })
        #expect(!asked.isClosed)
        #expect(asked.output.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), "\(asked.output)")
        #expect(asked.output.components("100 Continue").count == 2)
        #expect(try DoorHarness().http([expecting]).output.hasPrefix("HTTP/1.1 200 OK"), "the body was there")
        #expect(try DoorHarness().http([head + "{"]).output.isEmpty, "it is on its way")
        let old = head.components("HTTP/1.1").joined(separator: "HTTP/1.0")
        #expect(try DoorHarness().http([old]).output.isEmpty, "HTTP/1.0 has no such answer")
        // What is refused is not asked for, and may come all the same.
        let refused = try DoorHarness().http([
            "POST /report HTTP/1.1\r\nHost: w\r\nExpect: 100-continue\r\nContent-Length: 20000\r\n\r\n"
        ])
        #expect(refused.output.hasPrefix("HTTP/1.1 413 "))
        #expect(refused.isClosed)
    }

    @Test func aReportIsAPOSTWithALengthThatIsNotTooMuch() throws {
        func reply(_ request: String) throws -> (DoorHarness.Response, isClosed: Bool) {
            let door = try DoorHarness()
            let (output, isClosed) = door.http([request + Self.request("/report", Self.good)])
            let replies = try DoorHarness.responses(output)
            if !isClosed { #expect(replies.last?.status == 200, "the next request is found") }
            return (replies[0], isClosed)
        }
        let get = try reply("GET /report HTTP/1.1\r\nHost: w\r\n\r\n")
        #expect(get.0.status == 405 && get.0["Allow"] == "POST" && !get.isClosed)
        let put = try reply("PUT /release HTTP/1.1\r\nHost: w\r\nContent-Length: 3\r\n\r\nabc")
        #expect(put.0.status == 405 && !put.isClosed)
        let unsized = try reply("POST /report HTTP/1.1\r\nHost: w\r\n\r\n")
        #expect(unsized.0.status == 411 && unsized.0.body == "expected a Content-Length\n" && !unsized.isClosed)
        let chunked = try reply("POST /report HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        #expect(chunked.0.status == 501 && chunked.isClosed)
        let large = try reply(Self.request("/report", String(repeating: " ", count: 16_385)))
        #expect(large.0.status == 413 && !large.isClosed)
        let spaces = String(repeating: " ", count: 16_384 - Self.good.count)
        #expect(try reply(Self.request("/report", spaces + Self.good)).0.status == 200)
        let long = "X-Long: " + String(repeating: "v", count: 60_000)
        let both = try reply(Self.request("/report", spaces + Self.good, [long]))
        #expect(both.0.status == 413 && !both.isClosed)
        #expect(try reply(Self.request("/report", Self.good, [long])).0.status == 200)
        let last = try reply("POST /report HTTP/1.0\r\nContent-Length: \(Self.good.count)\r\n\r\n\(Self.good)")
        #expect(last.0.status == 200 && last.isClosed)
    }
}
