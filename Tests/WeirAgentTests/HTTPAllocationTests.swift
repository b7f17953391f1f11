import CMallocCount
import Testing
import WeirAgent
import WeirCore

/// The HTTP door allocates nothing: bytes in, decision or report, bytes out.
@Suite struct HTTPAllocationTests {
    @Test func checksDenialsAndReportsAllocateNothing() throws {
        let door = try DoorHarness(
            "fast: 1k/s by ip; slow: 500/h by ip; plan: 1M/s by plan; together: 90 concurrent by user")
        let ticket = try #require(try door.ask("/check", ["Weir-Attr-user: u", "Weir-Reserve: 1"])["Weir-Ticket"])
        func post(_ target: String, _ body: String) -> [UInt8] {
            Array("POST \(target) HTTP/1.1\r\nHost: w\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
        }
        let entry = "{\"ticket\":\"\(ticket)\",\"status\":200,\"bytes_in\":1,\"bytes_out\":2,\"cost\":3}"
        let requests = [
            Array("GET /nginx HTTP/1.1\r\nHost: w\r\nX-Real-IP: 192.0.2.1\r\nX-Original-URI: /a/../b?x\r\n\r\n".utf8),
            Array("GET /forward HTTP/1.1\r\nHost: w\r\nX-Forwarded-For: 192.0.2.1\r\nX-API-Key: k\r\n\r\n".utf8),
            Array("GET /accel/shop HTTP/1.1\r\nHost: w\r\nX-Real-IP: 192.0.2.1\r\nWeir-Attr-Plan: pro\r\n\r\n".utf8),
            Array("GET /check HTTP/1.1\r\nHost: w\r\nWeir-Attr-ip: 192.0.2.2\r\nWeir-Peek: 1\r\n\r\n".utf8),
            post("/report", "[\(entry),\(entry)]"), post("/release", "{\"ticket\":\"\(ticket)\"}"),
        ]
        let policy = HTTPPolicy(
            attributes: ["plan", "login_name"], trustedHops: 1, servesProxies: true, servesChecks: true,
            style: ResponseStyle(headers: .both, jitter: .percent(50)))
        var output = [UInt8](repeating: 0, count: 16_384)
        var answered = 0
        func run(_ rounds: Int) {
            for round in 0..<rounds {
                requests[round % requests.count].withBytes { bytes in
                    output.withUnsafeMutableBytes { buffer in
                        var writer = ByteWriter(buffer)
                        let progress = door.http.turn(
                            bytes, &door.session, policy, &door.limiter, now: door.now, output: &writer,
                            tally: &door.tally)
                        if progress == DoorProgress(consumed: bytes.byteCount, next: .read), writer.count > 0 {
                            answered += 1
                        }
                    }
                }
            }
        }
        // Until the limits deny.
        run(6_000)
        let before = malloc_count()
        run(12_000)
        #expect(malloc_count() - before == 0)
        #expect(answered == 18_000)
    }
}
