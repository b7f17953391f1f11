import Foundation
import Testing
import WeirTestSupport

/// `weir`, as people and scripts use it.
@Suite struct CommandTests {
    private func weir(_ arguments: [String], _ environment: [String: String] = [:], in directory: TemporaryDirectory)
        throws -> (code: Int32?, output: String)
    {
        let program = try RunningProgram(Programs.weir, arguments, environment: environment, in: directory)
        return (program.wait(), program.log)
    }

    private func environment(_ agent: AgentUnderTest) -> [String: String] {
        AgentUnderTest.environment(agent.directory, agent.adminPort)
    }

    @Test func checkTellsTheDecisionInALineAndItsExitCode() throws {
        let agent = try AgentUnderTest([
            "WEIR_LIMITS": "default: 2/h burst 400 by ip; login: 1/h by ip when path=/login; no: deny when user=x"
        ])
        func check(_ arguments: String...) throws -> (code: Int32?, output: String) {
            try weir(["check"] + arguments, environment(agent), in: agent.directory)
        }
        let allowed = try check("ip=192.0.2.1", "path=/x")
        #expect(allowed.code == 0)
        #expect(
            allowed.output.contains(
                try Regex("^allow  default  399 of 400 left, full again in 30 min  \\(local, [0-9.]+ (µs|ms)\\)\n$")))
        #expect(try check("--peek", "ip=192.0.2.1").output.hasPrefix("allow  default  399 of 400 left"))
        #expect(try check("ip=192.0.2.1", "path=/login").code == 0)
        let denied = try check("ip=192.0.2.1", "path=/login")
        #expect(denied.code == 1)
        #expect(denied.output.hasPrefix("deny  login  rate, 0 of 1 left, again in 1 h, status 429  (local, "))
        #expect(try check("user=x").output.hasPrefix("deny  no  blocked, never, status 403  (local, "))
        #expect(try check("user=y").output.hasPrefix("allow  -  unlimited  (local, "))
        let json = try check("--json", "ip=192.0.2.1", "path=/login")
        #expect(json.code == 1)
        #expect(json.output.contains("\"decision\" : \"deny\""))
        #expect(json.output.contains("\"rule\" : \"login\""))
        let many = try check("--count", "500", "ip=192.0.2.7")
        #expect(many.code == 1)
        #expect(many.output.hasPrefix("500 checks: 400 allowed, 100 denied (rate)  ("))
        #expect(try check("--count", "500", "--json", "ip=192.0.2.8").output.contains("\"allowed\" : 400"))
    }

    @Test func withoutAnAgentItSaysWhatToDo() throws {
        let directory = try TemporaryDirectory()
        let socket = directory.file("agent.sock")
        let check = try weir(["check", "ip=192.0.2.1"], ["WEIR_SOCKET": socket], in: directory)
        #expect(check.code == 2)
        #expect(check.output == "no agent at \(socket): start weir-agent, or set WEIR_SOCKET\n")
        let port = freePort()
        let status = try weir(["status"], ["WEIR_ADMIN_LISTEN": "127.0.0.1:\(port)"], in: directory)
        #expect(status.code == 2)
        #expect(status.output == "no agent at http://127.0.0.1:\(port): start weir-agent, or set WEIR_ADMIN_LISTEN\n")
        let usage = try weir(["usage"], ["WEIR_STATE_DIR": directory.file("none")], in: directory)
        #expect(usage.code == 2)
        #expect(usage.output.contains("start weir-agent, or set WEIR_COLLECTOR_URL"))
    }

    @Test func whatIsAskedWronglyIsRefusedWithAHint() throws {
        let directory = try TemporaryDirectory()
        let word = try weir(["check", "192.0.2.1"], in: directory)
        #expect(word.code == 64)
        #expect(word.output.contains("expected NAME=VALUE, found \"192.0.2.1\": try ip=192.0.2.1"))
        #expect(try weir(["check", "--count", "0", "ip=1"], in: directory).code == 64)
        #expect(try weir(["chek"], in: directory).code == 64)
        #expect(try weir(["usage", "--json", "--csv"], in: directory).code == 64)
        let setting = try weir(["check"], ["WEIR_SOCKET": "relative.sock"], in: directory)
        #expect(setting.code == 64)
        #expect(setting.output == "weir: WEIR_SOCKET=relative.sock: expected an absolute path, or off\n")
    }

    @Test func rulesAreLinted() throws {
        let directory = try TemporaryDirectory()
        let good = try directory.write("good.weir", "# a comment\nall:   200/s   burst 400 by ip\nu: 5/min by user\n")
        let lint = try weir(["rules", "lint", good], in: directory)
        #expect(lint.code == 0)
        #expect(
            lint.output.hasPrefix(
                "all: 200/s burst 400 by ip\nu: 5/min by user\n# warning: \(good):3:1: u: a request without user"))
        let bad = try directory.write("bad.weir", "a: 5/minute\nb: 1/s by\n")
        let refused = try weir(["rules", "lint", bad], in: directory)
        #expect(refused.code == 1)
        #expect(refused.output.split(separator: "\n").count == 2)
        #expect(refused.output.hasPrefix("\(bad):1:4: expected a unit"))
        #expect(try weir(["rules", "lint", "--json", bad], in: directory).output.contains("\"isRight\" : false"))
        #expect(try weir(["rules", "lint", directory.file("none")], in: directory).code == 2)
    }

    @Test func statusShowsRulesAndTrouble() throws {
        let agent = try AgentUnderTest(["WEIR_LIMITS": "all: 1/h by ip"])
        for _ in 0..<3 { _ = try agent.check([("ip", "192.0.2.1")]) }
        let fine = try weir(["status"], environment(agent), in: agent.directory)
        #expect(fine.code == 0)
        #expect(fine.output.contains("checks   1 allowed, 2 denied"))
        #expect(fine.output.contains(try Regex("all +1 +2 +0  1/h by ip")))
        #expect(
            try weir(["status", "--json"], environment(agent), in: agent.directory).output.contains("\"incarnation\""))
        let troubled = try AgentUnderTest([
            "WEIR_COLLECTOR_URL": "http://127.0.0.1:\(freePort())", "WEIR_COLLECTOR_TOKEN": "t", "WEIR_FLUSH": "100ms",
        ])
        _ = try troubled.check([("ip", "192.0.2.1")])
        #expect(
            try eventually {
                let status = try weir(["status"], environment(troubled), in: troubled.directory)
                return status.code == 1 && status.output.contains("! collector: ")
            })
    }

    @Test func usageComesFromTheJournalOrTheCollector() throws {
        let directory = try TemporaryDirectory()
        let collector = try UsageTests.CollectorUnderTest(in: directory)
        let agent = try AgentUnderTest(collector.agentSettings, in: directory)
        for _ in 0..<3 { _ = try agent.check([("consumer", "acme")]) }
        let journal = try weir(["usage", "--by", "consumer,outcome"], environment(agent), in: directory)
        #expect(journal.code == 0)
        #expect(journal.output.hasPrefix("from the journal in \(directory.file("state"))/journal"))
        #expect(journal.output.contains(try Regex("acme +admitted +3 +3 +0 +0")))
        let asked = environment(agent).merging([
            "WEIR_COLLECTOR_URL": "http://127.0.0.1:\(collector.port)",
            "WEIR_ADMIN_TOKEN": UsageTests.CollectorUnderTest.adminToken,
        ]) { $1 }
        #expect(
            try eventually {
                let usage = try weir(
                    ["usage", "--by", "consumer,outcome", "--filter", "outcome=admitted"], asked, in: directory)
                return usage.code == 0 && usage.output.contains("acme") && !usage.output.contains("journal")
            })
        #expect(
            try weir(["usage", "--csv", "--by", "consumer"], asked, in: directory).output.contains(",acme,3,3,0,0"))
        let wrong = try weir(["usage", "--by", "colour"], asked, in: directory)
        #expect(wrong.code == 2)
        #expect(wrong.output.contains("the collector answers 400: by: expected one of"))
    }

    @Test func everyCommandHasHelpWithAnExample() throws {
        let directory = try TemporaryDirectory()
        for command in [
            ["check"], ["rules"], ["rules", "lint"], ["usage"], ["status"], ["live"], ["ready"], ["doctor"],
            ["settings"], ["journal"],
            ["journal", "verify"], ["journal", "dump"], ["journal", "repair"],
        ] {
            let help = try weir(command + ["--help"], in: directory)
            #expect(help.code == 0)
            #expect(help.output.contains("weir \(command.joined(separator: " "))"), "\(command)")
            #expect(help.output.contains("Example"), "\(command)")
        }
        for program in [Programs.agent, Programs.collector] {
            let help = try RunningProgram(program, ["--help"], in: directory)
            #expect(help.wait() == 0)
            #expect(help.log.contains("Example:"))
            #expect(help.log.contains("WEIR_LOG_LEVEL (info)"))
            let settings = try RunningProgram(
                program, ["--settings"], environment: ["WEIR_LOG_LEVEL": "debug"], in: directory)
            #expect(settings.wait() == 0)
            #expect(settings.log.contains("WEIR_LOG_LEVEL=debug  (environment)"))
        }
    }
}
