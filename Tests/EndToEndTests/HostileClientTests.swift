import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Clients that break the protocol, trickle, flood, or never read: each is dealt with alone, and others feel nothing.
@Suite struct HostileClientTests {
    private func errorCode(_ frame: [UInt8]?) throws -> WireError.Code? {
        let frame = try #require(frame)
        return WireError.Code(
            rawValue: try frame.withBytes { bytes throws(WireError) in try ErrorFrame(reading: bytes).code })
    }

    private var goodFrame: [UInt8] { CheckDraft(attributes: [("ip", Array("192.0.2.1".utf8))]).frame(id: 1) }

    @Test func aMalformedFrameGetsOneErrorAndTheEnd() throws {
        let agent = try AgentUnderTest()
        let good = try agent.connect()
        for (bytes, code) in [
            (Array("GET / HTTP/1.1\r\n\r\n".utf8), WireError.Code.badLength), ([0xff, 0xff, 0xff, 0xff], .badLength),
            ([16, 0, 0, 0, 9, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], .badVersion),
            ([16, 0, 0, 0, 1, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], .badOperation),
        ] {
            let client = try agent.connect()
            client.send(bytes)
            #expect(try errorCode(client.receiveFrame()) == code)
            #expect(client.receiveAll() == [])
            #expect(try agent.check([("ip", "192.0.2.2")], over: good).verdict == .allow)
        }
        #expect(try agent.metric("weir_door_malformed_total") == 4)
    }

    @Test func aFrameThatTricklesIsClosedAtItsDeadline() throws {
        let agent = try AgentUnderTest(["WEIR_FRAME_DEADLINE": "100ms"])
        let idle = try agent.connect()
        _ = try agent.check([("ip", "192.0.2.1")], over: idle)
        let half = try agent.connect()
        half.send(Array(goodFrame.prefix(20)))
        #expect(try errorCode(half.receiveFrame()) == .timeout)
        #expect(half.receiveAll() == [])
        let trickle = try ClientSocket(unix: agent.httpSocket)
        var isOpen = true
        for byte in "GET /nginx HTTP/1.1\r\nX-Slow: \(String(repeating: "x", count: 400))".utf8 where isOpen {
            isOpen = trickle.send([byte])
            usleep(1_000)
        }
        #expect(trickle.receiveResponse()?.status == 408)
        let body = try ClientSocket(unix: agent.httpSocket)
        body.send("GET /nginx HTTP/1.1\r\nHost: w\r\nContent-Length: 1000\r\n\r\n")
        #expect(body.receiveResponse()?.status == 200)
        #expect(body.receiveResponse()?.status == 408)
        // A connection that is merely idle is left alone.
        #expect(try agent.check([("ip", "192.0.2.1")], over: idle).verdict == .allow)
        #expect(try agent.metric("weir_door_deadlines_total") == 3)
    }

    @Test func oneThatStreamsWithoutAPauseIsNoTrickle() throws {
        let agent = try AgentUnderTest(["WEIR_FRAME_DEADLINE": "10ms", "WEIR_LIMITS": "all: 1M/s burst 1M by ip"])
        let client = try agent.connect()
        let count = 100_000
        // Reads end inside frames, so that a part of one waits nearly always: for much longer in all than one may.
        let block = [[UInt8]](repeating: goodFrame, count: 1_000).flatMap { $0 }
        let sender = Thread { for _ in 0..<count / 1_000 where client.send(block) {} }
        sender.start()
        let answerBytes = try #require(client.receiveFrame()).count
        #expect(client.receive(exactly: answerBytes * (count - 1)) != nil, "the agent gave up")
        #expect(try agent.metric("weir_door_deadlines_total") == 0)
    }

    @Test func oneThatNeverReadsIsClosedAndNothingGrows() throws {
        let agent = try AgentUnderTest(["WEIR_WRITE_DEADLINE": "300ms"])
        let good = try agent.connect()
        let deaf = try agent.connect()
        deaf.shrinkBuffers()
        let burst = (0..<500).flatMap { _ in goodFrame }
        // It sends until the agent stops taking: answers that nobody reads stop the reading.
        let before = try residentKiB(agent)
        let flood = Thread {
            for _ in 0..<2_000 where deaf.send(burst) {}
        }
        flood.start()
        for _ in 0..<50 { #expect(try agent.check([("ip", "192.0.2.9")], cost: 0, over: good).verdict == .allow) }
        #expect(try eventually { try agent.metric("weir_door_slow_readers_total") == 1 })
        #expect(try residentKiB(agent) - before < 4_096)
        #expect(try agent.check([("ip", "192.0.2.2")], over: good).verdict == .allow)
    }

    /// Memory of the agent's own, without what it maps from files.
    private func residentKiB(_ agent: AgentUnderTest) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(agent.program.pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") })
        return try #require(Int(line.filter(\.isNumber)))
    }

    @Test func connectionsBeyondTheCapsAreRefusedWithAWord() throws {
        let agent = try AgentUnderTest(["WEIR_MAX_CONNECTIONS_PER_USER": "3"])
        let clients = try (0..<3).map { _ in try agent.connect() }
        let extra = try agent.connect()
        #expect(try errorCode(extra.receiveFrame()) == .overload)
        #expect(extra.receiveAll() == [])
        #expect(try agent.check([("ip", "192.0.2.1")], over: clients[0]).verdict == .allow)
        #expect(try agent.metric("weir_connections_refused_total{reason=\"user\"}") == 1)
        let all = try AgentUnderTest(["WEIR_MAX_CONNECTIONS": "2"])
        let two = try (0..<2).map { _ in try all.connect() }
        let http = try ClientSocket(unix: all.httpSocket)
        #expect(http.receiveResponse()?.status == 503)
        #expect(try all.metric("weir_connections_refused_total{reason=\"total\"}") == 1)
        #expect(two.count == 2)
    }

    @Test func aPlaceIsFreeAgainWhenAConnectionEnds() throws {
        let agent = try AgentUnderTest(["WEIR_MAX_CONNECTIONS": "1"])
        for _ in 0..<20 {
            #expect(
                try eventually {
                    let client = try agent.connect()
                    client.send(goodFrame)
                    guard let frame = client.receiveFrame() else { return false }
                    return frame[5] == Operation.checkAnswer.rawValue
                })
        }
    }

    @Test func aFloodOfOneDoesNotStarveAnother() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "all: 1M/s by user"])
        let flooder = try agent.connect()
        let burst = (0..<2_000).flatMap { _ in goodFrame }
        let isDone = Flag()
        let sender = Thread {
            while !isDone.isSet, flooder.send(burst) {}
        }
        let reader = Thread {
            while !isDone.isSet, let bytes = flooder.receive(), !bytes.isEmpty {}
        }
        sender.start()
        reader.start()
        let good = try agent.connect()
        for _ in 0..<200 { #expect(try agent.check([("user", "u")], over: good).verdict == .allow) }
        isDone.set()
    }

    /// A flag that threads share.
    private final class Flag: @unchecked Sendable {
        private let lock = NSLock()
        private var value = false
        var isSet: Bool { lock.withLock { value } }
        func set() { lock.withLock { value = true } }
    }

    @Test func sprayedKeysLeaveMemoryAndOthersLimitsAlone() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "all: 3/h by user", "WEIR_MAX_KEYS": "1000"])
        for _ in 0..<3 { _ = try agent.check([("user", "victim")]) }
        let before = try residentKiB(agent)
        let client = try agent.connect()
        for round in 0..<20 {
            let frames = (0..<1_000).flatMap {
                CheckDraft(attributes: [("user", Array("u\(round).\($0)".utf8))]).frame(id: 1)
            }
            let sender = Thread { client.send(frames) }
            sender.start()
            for _ in 0..<1_000 { _ = try #require(client.receiveFrame()) }
        }
        #expect(try agent.check([("user", "victim")]).verdict == .deny)
        #expect(try residentKiB(agent) - before < 2_048)
        #expect(try #require(try agent.metric("weir_rule_checks_total{rule=\"all\",result=\"overflowed\"}")) >= 19_000)
        #expect(try agent.metric("weir_limit_keys") == 1_000)
    }

    @Test func oneUsersNewKeysAreBoundedByTheSecondAndOldOnesFeelNothing() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "all: 100/h by user", "WEIR_MAX_NEW_KEYS": "50"])
        let client = try agent.connect()
        #expect(try agent.check([("user", "old")], over: client).remaining == 99)
        let frames = (0..<2_000).flatMap { CheckDraft(attributes: [("user", Array("u\($0)".utf8))]).frame(id: 1) }
        client.send(frames)
        for _ in 0..<2_000 { _ = try #require(client.receiveFrame()) }
        // Fifty at once, and as many in each second that this took; the others shared one entry of a hundred.
        let throttled = try #require(try agent.metric("weir_limit_new_keys_throttled_total"))
        #expect((1_000...1_951).contains(throttled))
        #expect(try #require(try agent.metric("weir_limit_keys")) + throttled == 2_001)
        #expect(try agent.metric("weir_rule_checks_total{rule=\"all\",result=\"denied\"}") == throttled - 100)
        #expect(try agent.check([("user", "old")], over: client).remaining == 98)
    }

    @Test(arguments: 1...4)
    func randomBytesOnBothDoorsHurtNobody(_ seed: UInt64) throws {
        let agent = try AgentUnderTest()
        let good = try agent.connect()
        var random = SeededRandom(seed)
        for round in 0..<100 {
            let client = try ClientSocket(unix: round.isMultiple(of: 2) ? agent.socket : agent.httpSocket, seconds: 1)
            var bytes = (0..<Int.random(in: 1...300, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            if Bool.random(using: &random) {
                bytes.replaceSubrange(0..<min(20, bytes.count), with: goodFrame.prefix(20))
            }
            client.send(bytes)
        }
        #expect(try agent.check([("ip", "192.0.2.1")], over: good).verdict == .allow)
        #expect(agent.program.isRunning)
    }
}
