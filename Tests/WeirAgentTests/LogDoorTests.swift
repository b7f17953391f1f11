import Testing
import WeirAgent
import WeirCore

/// Lines of access logs, and what is counted of them.
@Suite struct LogDoorTests {
    private func count(_ line: String, _ harness: DoorHarness) throws -> LogDoor.Outcome {
        var bytes = Array(line.utf8)
        return try bytes.withUnsafeMutableBytes { room throws(LogFlaw) in
            let line = try LogLineReader.read(room)
            return LogDoor.count(line, in: UnsafeRawBufferPointer(room).bytes, &harness.limiter, now: harness.now)
        }
    }

    private func ticket(_ decision: Decision) -> String {
        String(decoding: bytes(capacity: Ticket.textBytes) { decision.ticket.writeText(to: &$0) }, as: UTF8.self)
    }

    private func check(_ harness: DoorHarness, _ user: String) throws -> Decision {
        try CheckDraft(attributes: [("user", Array(user.utf8))]).frame(id: 1).withBytes { bytes throws(WireError) in
            guard let header = try FrameHeader(reading: bytes) else { preconditionFailure("a whole frame") }
            let request = try harness.limiter.read(bytes, header)
            return harness.limiter.check(request, in: bytes, now: harness.now)
        }
    }

    @Test func aLineWithATicketIsItsReport() throws {
        let harness = try DoorHarness("out: 1000/day by user counting bytes_out")
        let decision = try check(harness, "ann")
        let line = "{\"t\":\"\(ticket(decision))\",\"s\":200,\"in\":10,\"out\":400,\"ip\":\"192.0.2.1\"}"
        #expect(try count(line, harness) == .accepted)
        #expect(try check(harness, "ann").remaining == 600)
        #expect(try count(line, harness) == .repeated)
        #expect(
            harness.limiter.report(Report(ticket: decision.ticket, status: 200, bytesOut: 9), now: harness.now)
                == .repeated)
        #expect(try check(harness, "ann").remaining == 600)
    }

    @Test func aTicketOfAnotherRunIsCountedByTheLinesAttributes() throws {
        let harness = try DoorHarness("out: 1000/day by user counting bytes_out")
        let other = String(repeating: "ab", count: 24)
        #expect(try count("{\"t\":\"\(other)\",\"s\":200,\"out\":400}", harness) == .unknown)
        #expect(try check(harness, "ann").remaining == 1_000)
        let line = "{\"t\":\"\(other)\",\"s\":200,\"out\":400,\"a\":{\"user\":\"ann\",\"unheard-of\":\"x\"}}"
        #expect(try count(line, harness) == .attributed)
        #expect(try check(harness, "ann").remaining == 600)
    }

    @Test func aLineWithoutATicketIsCountedByItsAttributesAndADeniedOneNotAgain() throws {
        let harness = try DoorHarness(
            "rate: 5/h by ip; fails: 3/day by ip counting answers 401 when method=POST path=/login host=h")
        let attributes = #""ip":"192.0.2.1","m":"POST","u":"/%6cogin?x=1","h":"H:80""#
        #expect(try count("{\"s\":401,\(attributes)}", harness) == .attributed)
        #expect(try count("{\"t\":\"\",\"s\":401,\(attributes)}", harness) == .attributed)
        #expect(try count("{\"t\":\"-\",\"s\":401,\(attributes)}", harness) == .denied)
        let frame = CheckDraft(
            attributes: [
                ("ip", Array("192.0.2.1".utf8)), ("method", Array("POST".utf8)), ("path", Array("/login".utf8)),
                ("host", Array("h".utf8)),
            ]
        ).frame(id: 1)
        let decision = try frame.withBytes { bytes throws(WireError) in
            guard let header = try FrameHeader(reading: bytes) else { preconditionFailure("a whole frame") }
            let request = try harness.limiter.read(bytes, header)
            return harness.limiter.check(request, in: bytes, now: harness.now)
        }
        #expect(decision.verdict == .allow && decision.remaining == 1)
        #expect(harness.limiter.checks.allowed == 1)
    }
}
