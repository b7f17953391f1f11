import Testing
import WeirCore
import WeirTestSupport

/// Limits that count bytes, shared through a real Redis.
@Suite struct SharedBytesTests {
    @Test(arguments: ["out: 1000/year by ip counting bytes_out", "out: 1/h burst 1000 by ip counting bytes_out"])
    func bytesThatOneAgentIsToldOfDenyAtAllOfThem(_ limits: String) throws {
        let fleet = try FleetUnderTest(2, limits)
        let attributes = [("ip", "192.0.2.1")]
        let client = try fleet.agents[0].connect()
        let check = try fleet.agents[0].check(attributes, over: client)
        #expect(check.verdict == .allow && check.state == .shared)
        #expect(try fleet.agents[1].check(attributes).verdict == .allow)
        client.send(Report.frame([Report(ticket: check.ticket, status: 200, bytesOut: 2_000)], id: 2))
        #expect(client.receiveFrame() != nil)
        // At once where the report came; elsewhere when a lease that is in hand is over.
        #expect(try fleet.agents[0].check(attributes, over: client, id: 3).verdict == .deny)
        #expect(try fleet.becomes(at: 1, within: 20) { $0.verdict == .deny && $0.reason != .overload })
        #expect(try fleet.agents[0].check(attributes, over: client, id: 4).verdict == .deny)
        #expect(try fleet.agents[0].check([("ip", "192.0.2.2")], over: client, id: 5).verdict == .allow)
    }
}
