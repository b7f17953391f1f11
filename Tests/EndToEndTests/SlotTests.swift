import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Requests at once, before real agents: everything that frees a slot.
@Suite struct SlotTests {
    private let ann = [("user", "ann")]

    /// Whether a check passes within a while.
    private func passes(_ agent: AgentUnderTest, over client: ClientSocket, within seconds: Double = 10) throws -> Bool
    {
        try eventually(within: seconds) { try agent.check(ann, over: client).verdict == .allow }
    }

    @Test func aReleaseAReportAndTheEndOfAConnectionFreeSlots() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "now: 2 concurrent by user"])
        let client = try agent.connect()
        var other: ClientSocket? = try agent.connect()
        let first = try agent.check(ann, over: client)
        let second = try agent.check(ann, over: other)
        #expect(first.verdict == .allow && second.verdict == .allow)
        let denied = try agent.check(ann, over: client)
        #expect(denied.verdict == .deny && denied.reason == .concurrency && denied.status == 429)

        try #require(client.send(Release.frame([first.ticket, first.ticket], id: 7)))
        let answer = try #require(client.receiveFrame())
        #expect(answer.withBytes { [$0.uint16(16), $0.uint16(18)] } == [1, 1], "released, unknown")
        let third = try agent.check(ann, over: client)
        #expect(third.verdict == .allow)

        try #require(client.send(Report.frame([Report(ticket: third.ticket, status: 200)], id: 8)))
        _ = try #require(client.receiveFrame())
        #expect(try agent.check(ann, over: client).verdict == .allow)
        #expect(try agent.check(ann, over: client).verdict == .deny)

        other = nil
        #expect(try passes(agent, over: client))
        #expect(try agent.metric("weir_open_checks") == 2)
    }

    @Test func whoNeverSaysThatItIsOverHoldsASlotForAsLongAsTheRuleSays() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "now: 1 concurrent by user hold 1s"])
        let client = try agent.connect()
        #expect(try agent.check(ann, over: client).verdict == .allow)
        #expect(try agent.check(ann, over: client).verdict == .deny)
        #expect(try passes(agent, over: client))
        #expect(try #require(try agent.metric("weir_slots_expired_total")) >= 1)
    }

    @Test func aWebServersConnectionDoesNotEndItsRequests() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "now: 1 concurrent by ip"])
        for expected in [200, 429] {
            // Each over a connection of its own, which ends.
            #expect(try agent.http("/check", ["Weir-Attr-ip: 192.0.2.1"]).status == expected)
        }
    }

    @Test func aFleetRunsNoMoreAtOnceThanMayAndADeadAgentsSlotsReturnAfterItsLease() throws {
        let fleet = try FleetUnderTest(2, "now: 3 concurrent by user else deny on outage")
        let clients = try fleet.agents.map { try $0.connect() }
        var running = 0
        for _ in 0..<6 {
            for (agent, client) in zip(fleet.agents, clients) where try agent.check(ann, over: client).verdict == .allow
            {
                running += 1
            }
        }
        #expect(running == 3)
        fleet.agents[0].program.send(SIGKILL)
        _ = fleet.agents[0].program.wait()
        // What the dead one ran is not known to have ended; its lease is over in a second.
        let mine = try eventually(within: 10) {
            if try fleet.agents[1].check(ann, over: clients[1]).verdict == .allow { running += 1 }
            return running > 3
        }
        #expect(mine)
    }

    @Test func aReservationIsSettledByItsReport() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "day: 100/year by user"])
        let client = try agent.connect()
        let frame = CheckDraft(attributes: [("user", Array("ann".utf8))], cost: 90, isReserve: true).frame(id: 1)
        try #require(client.send(frame))
        let reserved = try AgentUnderTest.answer(try #require(client.receiveFrame()))
        #expect(reserved.remaining == 10)
        try #require(client.send(Report.frame([Report(ticket: reserved.ticket, status: 200, cost: 30)], id: 2)))
        _ = try #require(client.receiveFrame())
        #expect(try agent.check(ann, over: client).remaining == 69)
    }
}
