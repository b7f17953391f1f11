import Foundation
import Testing
import WeirClient
import WeirCore
import WeirTestSupport

/// Slots and reservations with the real agent: what frees a slot, what settles an estimate, and what a fleet does with both.
@Suite struct SlotTests {
    private let user = [("user", "u1")]

    private func frame(_ attributes: [(String, String)], cost: UInt32 = 1, reserve: Bool = false) -> [UInt8] {
        CheckDraft(attributes: attributes.map { ($0.0, Array($0.1.utf8)) }, cost: cost, isReserve: reserve).frame(
            id: 1)
    }

    private func reserve(_ cost: UInt32, over client: ClientSocket) throws -> CheckAnswer {
        try #require(client.send(frame(user, cost: cost, reserve: true)))
        return try AgentUnderTest.answer(try #require(client.receiveFrame()))
    }

    private func release(_ tickets: [Ticket], over client: ClientSocket) throws -> Int {
        try #require(client.send(Release.frame(tickets, id: 2)))
        return try #require(client.receiveFrame()).withBytes { Int($0.uint16(16)) }
    }

    private func report(_ ticket: Ticket, cost: UInt64? = nil, over client: ClientSocket) throws -> ReportAnswer {
        try #require(client.send(Report.frame([Report(ticket: ticket, status: 200, cost: cost)], id: 3)))
        return try #require(client.receiveFrame()).withBytes { bytes throws(WireError) in
            try ReportAnswer(reading: bytes)
        }
    }

    @Test func releaseAndReportFreeASlotAndRepeatedOnesChangeNothing() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "together: 1 concurrent by user"])
        let client = try agent.connect()
        let first = try agent.check(user, over: client)
        let denied = try agent.check(user, over: client)
        #expect(first.verdict == .allow && denied.reason == .concurrency && denied.status == 429)
        #expect(try release([first.ticket, first.ticket], over: client) == 1)
        let second = try agent.check(user, over: client)
        #expect(second.verdict == .allow)
        #expect(try report(second.ticket, over: client).accepted == 1)
        #expect(try agent.check(user, over: client).verdict == .allow)
        #expect(try report(second.ticket, over: client).repeated == 1)
        #expect(try release([first.ticket, second.ticket], over: client) == 0)
        #expect(try agent.check(user, over: client).verdict == .deny)
    }

    @Test func theEndOfAConnectionFreesItsSlots() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "together: 2 concurrent by user"])
        let other = try agent.connect()
        #expect(try agent.check(user, over: other).verdict == .allow)
        do {
            let client = try agent.connect()
            #expect(try agent.check(user, over: client).verdict == .allow)
            #expect(try agent.check(user, over: other).verdict == .deny)
        }
        #expect(eventually { (try? agent.check(user, over: other).verdict) == .allow })
        #expect(try agent.check(user, over: other).verdict == .deny, "one alone has come back")
        #expect(try agent.metric("weir_open_checks") == 2)
    }

    @Test func slotsOfAClientThatSaysNothingComeBackBehindTheirHold() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "together: 1 concurrent by user hold 700ms"])
        let client = try agent.connect()
        #expect(try agent.check(user, over: client).verdict == .allow)
        #expect(try agent.check(user, over: client).verdict == .deny)
        #expect(eventually { (try? agent.check(user, over: client).verdict) == .allow })
        // Nobody asks any more: the keeper frees the second.
        #expect(eventually { (try? agent.metric("weir_slots_expired_total")) == 2 })
        #expect(try agent.metric("weir_open_checks") == 0)
    }

    @Test func whatAnHTTPConnectionTookStaysTakenBehindItsEnd() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "together: 1 concurrent by ip"])
        let reply = try agent.http("/check", ["Weir-Attr-ip: 192.0.2.1"])
        #expect(reply.status == 200)
        // A native connection that comes and goes frees what it holds, and nothing else.
        do { #expect(try agent.check([("ip", "192.0.2.2")], over: try agent.connect()).verdict == .allow) }
        #expect(eventually { (try? agent.metric("weir_open_checks")) == 1 })
        #expect(try agent.http("/check", ["Weir-Attr-ip: 192.0.2.1"]).status == 429)
    }

    @Test func checksBeyondTheRoomAreRefused() throws {
        let agent = try AgentUnderTest([
            "WEIR_LIMITS": "together: 100 concurrent by user; rate: 1M/s by ip", "WEIR_MAX_OPEN": "16",
        ])
        let client = try agent.connect()
        for _ in 0..<16 { #expect(try agent.check(user, over: client).verdict == .allow) }
        let refused = try agent.check(user, over: client)
        #expect(refused.verdict == .deny && refused.reason == .overload && refused.status == 503)
        #expect(try agent.check([("ip", "192.0.2.1")], over: client).verdict == .allow)
        #expect(try agent.metric("weir_open_checks_refused_total") == 1)
        #expect(try agent.metric("weir_open_checks_maximum") == 16)
    }

    @Test func anEstimateIsSettledByItsReportOnceAndLessOrMore() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "quota: 100/year by user"])
        let client = try agent.connect()
        let first = try reserve(60, over: client)
        #expect(first.verdict == .allow && first.remaining == 40)
        #expect(try report(first.ticket, cost: 10, over: client).accepted == 1)
        #expect(try report(first.ticket, cost: 0, over: client).repeated == 1)
        let second = try reserve(20, over: client)
        #expect(second.remaining == 70)
        #expect(try report(second.ticket, cost: 85, over: client).accepted == 1)
        let third = try agent.check(user, cost: 5, over: client)
        #expect(third.verdict == .allow && third.remaining == 0)
        #expect(try agent.check(user, over: client).reason == .quota)
    }

    @Test func silenceLeavesTheEstimateAsItIs() throws {
        let agent = try AgentUnderTest([
            "WEIR_LIMITS": "quota: 100/year by user", "WEIR_RESERVE_DEADLINE": "1s",
        ])
        let client = try agent.connect()
        let first = try reserve(60, over: client)
        #expect(eventually { (try? agent.metric("weir_open_checks")) == 0 })
        #expect(try report(first.ticket, cost: 0, over: client).accepted == 1)
        #expect(try agent.check(user, cost: 0, over: client).remaining == 40)
    }

    @Test func theSwiftClientReleasesAndReserves() async throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "together: 1 concurrent by user; quota: 100/year by user"])
        let client = WeirClient(socket: agent.socket, timeout: .seconds(5))
        let first = try await client.check(WeirRequest(["user": "u1"], cost: 60, isReserve: true))
        #expect(first.isAllowed)
        #expect(try await client.check(WeirRequest(["user": "u1"])).reason == "concurrency")
        let ticket = try #require(first.ticket)
        #expect(try await client.release([ticket]) == 1)
        #expect(try await client.release([ticket]) == 0)
        try await client.report([WeirReport(ticket, status: 200, cost: 30)])
        let second = try await client.check(WeirRequest(["user": "u1"], cost: 70))
        #expect(second.isAllowed)
        await client.close()
    }

    @Test func lintSaysWhatADoorWithoutAReportMeans() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("policy.weir")
        try "together: 10 concurrent by ip hold 5s\n".write(toFile: path, atomically: true, encoding: .utf8)
        let program = try RunningProgram(Programs.weir, ["rules", "lint", path], environment: [:], in: directory)
        #expect(program.wait() == 0)
        #expect(program.log.contains("a request holds its slot for 5s"), "\(program.log)")
    }

    // MARK: A fleet

    @Test func agentsShareSlotsAndThoseOfADeadOneComeBack() throws {
        let fleet = try FleetUnderTest(2, "together: 3 concurrent by user else deny on outage")
        let (first, second) = (try fleet.agents[0].connect(), try fleet.agents[1].connect())
        var tickets: [Ticket] = []
        let areTaken = try eventually(within: 10) {
            let answer = try fleet.agents[0].check(user, over: first)
            if answer.verdict == .allow { tickets.append(answer.ticket) }
            return tickets.count == 2
        }
        #expect(areTaken)
        var held = 0
        func takeMore(_ wanted: Int, within seconds: Double) throws -> Bool {
            try eventually(within: seconds) {
                let answer = try fleet.agents[1].check(user, over: second)
                if answer.verdict == .allow { held += 1 }
                return held >= wanted
            }
        }
        #expect(try takeMore(1, within: 10))
        // Longer than a lease lives: what is in use is renewed.
        #expect(try !takeMore(2, within: 2.5))
        let denied = try fleet.agents[1].check(user, over: second)
        #expect(denied.reason == .concurrency && denied.state == .shared, "\(denied)")
        // What one frees, the other gets.
        #expect(try release([tickets[0]], over: first) == 1)
        #expect(try takeMore(2, within: 10))
        fleet.agents[0].program.send(SIGKILL)
        _ = fleet.agents[0].program.wait()
        #expect(try takeMore(3, within: 10), "the lease of the dead is over")
        #expect(try !takeMore(4, within: 1.5))
    }

    @Test func anEstimateOfASharedWindowIsSettledForTheWholeFleet() throws {
        let fleet = try FleetUnderTest(2, "quota: 100/year by user")
        let client = try fleet.agents[0].connect()
        let first = try reserve(60, over: client)
        #expect(first.verdict == .allow)
        #expect(try report(first.ticket, cost: 10, over: client).accepted == 1)
        let second = try reserve(20, over: client)
        #expect(second.verdict == .allow)
        #expect(try report(second.ticket, cost: 50, over: client).accepted == 1)
        #expect(try report(second.ticket, cost: 0, over: client).repeated == 1)
        // Forty are left for all.
        var taken = 0
        let isSpent = try eventually(within: 20) {
            for agent in fleet.agents where try agent.check(user).verdict == .allow { taken += 1 }
            return taken >= 40
        }
        #expect(isSpent, "\(taken)")
        for agent in 0..<2 { taken += try fleet.allowed(5, at: agent, user) }
        #expect(taken == 40)
    }
}
