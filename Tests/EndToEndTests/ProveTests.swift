import Foundation
import Testing
import WeirTestSupport

/// `weir prove` against real agents and a real Redis: that it judges, and that it can say no.
@Suite(.serialized) struct ProveTests {
    private func prove(_ arguments: [String]) throws -> (code: Int32?, output: String, rows: [[String: Any]]) {
        let directory = try TemporaryDirectory()
        let program = try RunningProgram(
            Programs.weir, ["prove", "--json"] + arguments, environment: [:], in: directory)
        let code = program.wait(seconds: 120)
        let output = program.log
        guard let start = output.range(of: "[\n")?.lowerBound,
            let end = output.range(of: "\n]", options: .backwards)?.upperBound
        else { return (code, output, []) }
        let rows = try JSONSerialization.jsonObject(with: Data(output[start..<end].utf8)) as? [[String: Any]]
        return (code, output, rows ?? [])
    }

    private func number(_ name: String, _ row: [String: Any]) -> Double { (row[name] as? NSNumber)?.doubleValue ?? -1 }

    @Test func agentsThatShareKeepTheBoundTogether() throws {
        let (code, output, rows) = try prove(["--only", "2 agents, a hot key"])
        #expect(code == 0, "\(output)")
        let row = try #require(rows.first, "\(output)")
        #expect(number("over", row) == 0 && number("admitted", row) > 200 && number("share", row) > 0)
        #expect(number("calls", row) > 0 && number("answered", row) == number("offered", row))
    }

    @Test func agentsThatDoNotShareAreCaught() throws {
        let (code, output, rows) = try prove(["--only", "2 agents, a hot key", "--without-redis"])
        #expect(code == 1, "\(output)")
        let row = try #require(rows.first, "\(output)")
        // Each has a burst of 200 of its own.
        #expect(number("over", row) >= 100, "\(output)")
        #expect(output.contains("tokens over the bound"))
    }

    @Test func anAgentThatIsKilledLeavesItsAdmissionsBehind() throws {
        let (code, output, rows) = try prove(["--only", "agents killed, a window"])
        #expect(code == 0, "\(output)")
        let row = try #require(rows.first, "\(output)")
        #expect(number("over", row) == 0 && number("recovery_s", row) >= 0)
    }

    @Test func scenariosAreNamedAndUnknownOnesRefused() throws {
        let directory = try TemporaryDirectory()
        let list = try RunningProgram(Programs.weir, ["prove", "--all", "--list"], environment: [:], in: directory)
        #expect(list.wait() == 0 && list.log.contains("FLUSHALL"))
        #expect(try prove(["--only", "no such thing"]).code == 64)
    }
}
