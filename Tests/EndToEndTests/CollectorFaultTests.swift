import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// A collector that dies, forgets, and comes back: no unit is lost or doubled.
@Suite struct CollectorFaultTests {
    private typealias CollectorUnderTest = UsageTests.CollectorUnderTest

    private func batch(_ calls: [Int: UInt64], incarnation: UInt64) -> [UInt8] {
        let hour = UInt32(Date().timeIntervalSince1970 / 3_600)
        let cells = calls.map { consumer, calls in
            var dimensions = Dimensions()
            dimensions.consumer = "c\(consumer)"
            return Cell(
                key: Hash128(deriving: "c\(consumer)"), dimensions: dimensions, hour: hour, outcome: .admitted,
                totals: Totals(calls: calls, units: calls))
        }
        let header = SegmentHeader(
            kind: .final, incarnation: Hash128(low: incarnation, high: 9), number: 1, created: 0, salt: 7)
        return RecordEncoder.segment(
            header, cells, stamp: RecordStamp(number: 1, wallMicroseconds: 0, monotonicMicroseconds: 0))
    }

    /// Claim C4: the collector is killed at random moments while batches of growing totals come, in any order, several times, and
    /// from senders that hang up before the answer.
    @Test func killsLostAnswersDuplicatesAndReorderingLoseAndDoubleNothing() throws {
        let directory = try TemporaryDirectory()
        let port = freePort()
        var random = SeededRandom(20_261_125)
        var totals: [UInt64: [Int: UInt64]] = [:]
        var sent: [[UInt8]] = []
        for _ in 0..<12 {
            let collector = try CollectorUnderTest(in: directory, port: port)
            for _ in 0..<Int.random(in: 5...25, using: &random) {
                let incarnation = UInt64.random(in: 1...3, using: &random)
                for consumer in 0..<4 {
                    totals[incarnation, default: [:]][consumer, default: 0] += .random(in: 0...9, using: &random)
                }
                sent.append(batch(totals[incarnation] ?? [:], incarnation: incarnation))
                // The newest, or any before it once more.
                let body = Bool.random(using: &random) ? sent[sent.count - 1] : sent.randomElement(using: &random) ?? []
                if Int.random(in: 0..<4, using: &random) == 0 {
                    // Hangs up before the answer: whether it was taken nobody knows.
                    let client = try ClientSocket(port: port)
                    client.send(
                        "POST /v1/usage HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer \(CollectorUnderTest.agentToken)\r\n"
                            + "Content-Type: application/vnd.weir.usage\r\nContent-Length: \(body.count)\r\n\r\n")
                    client.send(body)
                } else {
                    #expect(try collector.post(body).status == 200)
                }
            }
            // Killed with a batch on its way.
            let client = try ClientSocket(port: port)
            client.send(
                "POST /v1/usage HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer \(CollectorUnderTest.agentToken)\r\n"
                    + "Content-Type: application/vnd.weir.usage\r\nContent-Length: \(sent[sent.count - 1].count)\r\n\r\n"
            )
            client.send(sent[sent.count - 1])
            usleep(UInt32.random(in: 0...3_000, using: &random))
            collector.program.kill()
        }
        let last = try CollectorUnderTest(in: directory, port: port)
        for body in sent.shuffled(using: &random).suffix(20) { #expect(try last.post(body).status == 200) }
        for (incarnation, calls) in totals {
            #expect(try last.post(batch(calls, incarnation: incarnation)).status == 200)
        }
        let expected = totals.values.flatMap(\.values).reduce(0, +)
        #expect(try last.calls()["admitted"] == Int(expected))
        #expect(try RunningAudit.usageEqualsCells(directory.file("collector/collector/weir.sqlite")))
    }

    /// Claim C6: after the collector was restored from a backup, agents refill what it has forgotten.
    @Test func aCollectorThatWasRestoredFromABackupIsRefilled() throws {
        let directory = try TemporaryDirectory()
        let port = freePort()
        let database = directory.file("collector/collector/weir.sqlite")
        var collector: CollectorUnderTest? = try CollectorUnderTest(in: directory, port: port)
        let settings = try #require(collector?.agentSettings)
        func admitted(_ expected: Int) throws -> Bool {
            try eventually(within: 30) { try collector?.calls()["admitted"] == expected }
        }
        let agent = try AgentUnderTest(settings, in: directory)
        for _ in 0..<5 { _ = try agent.check([("consumer", "acme")]) }
        #expect(try admitted(5))
        // The backup: a copy of the database, taken while the collector is down.
        collector?.program.send(SIGTERM)
        #expect(collector?.program.wait() == 0)
        try FileManager.default.copyItem(atPath: database, toPath: directory.file("backup.sqlite"))
        collector = try CollectorUnderTest(in: directory, port: port)
        for _ in 0..<7 { _ = try agent.check([("consumer", "acme")]) }
        #expect(try admitted(12))
        // One run of the agent ends; its closed totals are sent, and kept.
        agent.program.kill()
        let successor = try AgentUnderTest(settings, in: directory)
        for _ in 0..<3 { _ = try successor.check([("consumer", "acme")]) }
        #expect(try admitted(15))
        #expect(try eventually { try directory.names(in: "state/journal").contains { $0.hasPrefix("sent-") } })
        collector?.program.kill()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: database + suffix) }
        try FileManager.default.copyItem(atPath: directory.file("backup.sqlite"), toPath: database)
        // Before it starts: an agent whose last answer was lost comes at once.
        #expect(try RunningAudit.admittedCalls(database) == 5)
        collector = try CollectorUnderTest(in: directory, port: port)
        _ = try successor.check([("consumer", "acme")])
        #expect(try admitted(16))
        #expect(successor.program.log.contains("it was restored from a backup"))
        #expect(try successor.metric("weir_flush_refills_total") == 1)
        #expect(try RunningAudit.usageEqualsCells(database))
        // A collector that merely restarts is sent nothing again.
        collector?.program.kill()
        collector = try CollectorUnderTest(in: directory, port: port)
        _ = try successor.check([("consumer", "acme")])
        #expect(try admitted(17))
        #expect(try successor.metric("weir_flush_refills_total") == 1)
    }

    @Test func deliveriesAreNumberedOrRefusedByName() throws {
        let collector = try CollectorUnderTest(in: try TemporaryDirectory())
        func post(_ headers: String...) throws -> HTTPReply {
            let body = batch([1: 1], incarnation: 1)
            let client = try ClientSocket(port: collector.port)
            client.send(
                "POST /v1/usage HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer \(CollectorUnderTest.agentToken)\r\n"
                    + "Content-Type: application/vnd.weir.usage\r\nContent-Length: \(body.count)\r\n"
                    + headers.map { "\($0)\r\n" }.joined() + "\r\n")
            client.send(body)
            return try #require(client.receiveResponse())
        }
        let agent = "Weir-Agent: " + String(repeating: "a", count: 32)
        #expect(try post(agent, "Weir-Delivery: 3").body.contains("\"known\":0"))
        #expect(try post(agent, "Weir-Delivery: 2").body.contains("\"known\":3"))
        #expect(try post(agent, "Weir-Delivery: 4").body.contains("\"known\":3"))
        #expect(try !post().body.contains("known"))
        #expect(try post("Weir-Agent: x", "Weir-Delivery: 1").body.contains("Weir-Agent: expected 32"))
        #expect(try post(agent, "Weir-Delivery: 0").status == 400)
        #expect(try post(agent).body.contains("Weir-Delivery: expected a whole number"))
        #expect(try post("Weir-Delivery: 1").status == 400)
        for promise in ["over", "1800000000"] {
            #expect(try post(agent, "Weir-Delivery: 5", "Weir-Watermark: \(promise)").status == 200)
        }
        for promise in ["-1", "soon", "253402300800", ""] {
            let refused = try post(agent, "Weir-Delivery: 5", "Weir-Watermark: \(promise)")
            #expect(refused.status == 400 && refused.body.contains("Weir-Watermark: expected over, or seconds"))
        }
        #expect(try post("Weir-Watermark: over").body.contains("Weir-Watermark: expected Weir-Agent"))
    }
}
