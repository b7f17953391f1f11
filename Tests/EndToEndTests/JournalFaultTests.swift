import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// A disk in trouble under a real agent: it decides on, says so, loses nothing, and heals.
@Suite struct JournalFaultTests {
    private static let settings = ["WEIR_LIMITS": "all: 1G/s by ip", "WEIR_FLUSH": "100ms", "WEIR_MAX_KEYS": "1000"]

    /// Checks of one consumer that pass.
    private func use(_ agent: AgentUnderTest, _ count: Int) throws {
        let client = try agent.connect()
        for _ in 0..<count { #expect(try agent.check([("consumer", "acme")], over: client).verdict == .allow) }
    }

    /// Admitted calls in an agent's files.
    private func recorded(_ directory: TemporaryDirectory, behind wrapper: [String] = []) throws -> Int {
        let command = wrapper + [Programs.weir, "usage", "--csv", "--by", "consumer", "--filter", "outcome=admitted"]
        let usage = try RunningProgram(
            command[0], Array(command.dropFirst()), environment: AgentUnderTest.environment(directory, 1), in: directory
        )
        #expect(usage.wait() == 0, "\(usage.log)")
        let row = usage.log.split(separator: "\n").first { $0.contains(",acme,") }
        return row.flatMap { Int($0.split(separator: ",")[2]) } ?? 0
    }

    private func durability(_ agent: AgentUnderTest, is expected: String) throws -> Bool {
        try eventually { try agent.admin("/status").contains("\"durability\" : \"\(expected)\"") }
    }

    /// Makes system calls of a running agent fail or stall for as long as the tracer lives.
    private func tracer(_ agent: AgentUnderTest, _ injection: String) throws -> RunningProgram {
        let call = injection.prefix { $0 != ":" }
        let tracer = try RunningProgram(
            "strace",
            [
                "-f", "-p", "\(agent.program.pid)", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
                "inject=\(injection)",
            ],
            in: agent.directory)
        #expect(eventually { tracer.log.contains("attached") }, "\(tracer.log)")
        return tracer
    }

    private func detach(_ tracer: RunningProgram) {
        tracer.send(SIGINT)
        _ = tracer.wait()
    }

    // MARK: Claim C7

    /// A disk that is full: a small file system of its own, filled to the last byte.
    @Test func aFullDiskStopsNoAdmissionIsToldAndHealsWithoutLoss() throws {
        let directory = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: directory.file("state"), withIntermediateDirectories: true)
        let holder = try RunningProgram(
            "unshare",
            [
                "-m", "--propagation", "private", "sh", "-c",
                "mount -t tmpfs -o size=256k tmpfs \(directory.file("state")) && echo mounted && exec sleep 100",
            ], in: directory)
        try #require(eventually { holder.log.contains("mounted") }, "\(holder.log)")
        let inside = ["nsenter", "-t", "\(holder.pid)", "-m", "--"]
        let agent = try AgentUnderTest(Self.settings, in: directory, behind: inside)
        try use(agent, 10)
        let fill = try RunningProgram(
            "nsenter", inside.dropFirst() + ["dd", "if=/dev/zero", "of=\(directory.file("state/filler"))", "bs=512"],
            in: directory)
        #expect(fill.wait() == 1)
        #expect(fill.log.contains("No space left"))
        #expect(
            try eventually {
                try use(agent, 5)
                return try agent.admin("/status").contains("\"durability\" : \"memory-only\"")
            })
        #expect(try agent.admin("/status").contains("No space left on device"))
        #expect(try agent.metric("weir_journal_sealing") == 0)
        try use(agent, 10)
        let used = try #require(try agent.metric("weir_checks_total{decision=\"allow\"}"))
        // A kill now loses nothing either: the hot table has it, and the successor keeps it until the disk has room.
        agent.program.kill()
        let successor = try AgentUnderTest(Self.settings, in: directory, behind: inside)
        try use(successor, 3)
        let remove = try RunningProgram(
            "nsenter", inside.dropFirst() + ["rm", directory.file("state/filler")], in: directory)
        #expect(remove.wait() == 0)
        #expect(try eventually { try successor.metric("weir_journal_sealing") == 1 })
        successor.program.send(SIGTERM)
        #expect(successor.program.wait() == 0)
        let third = try AgentUnderTest(Self.settings, in: directory, behind: inside)
        #expect(eventually { third.program.log.contains("recovered usage of") })
        #expect(try recorded(directory, behind: inside) == used + 3)
    }

    /// Whatever the reason for which the disk takes nothing.
    @Test(arguments: ["EIO", "EROFS", "EDQUOT", "ENOSPC"])
    func aDiskThatTakesNothingIsToldAndHealsWithoutLoss(_ error: String) throws {
        let agent = try AgentUnderTest(Self.settings)
        try use(agent, 10)
        let tracer = try tracer(agent, "fdatasync:error=\(error)")
        #expect(
            try eventually {
                try use(agent, 5)
                return try agent.admin("/status").contains("\"durability\" : \"memory-only\"")
            })
        try use(agent, 10)
        let sealing = agent.program.log.components(separatedBy: "usage is not sealed to disk").count - 1
        #expect(sealing == 1, "one line, however often it fails")
        detach(tracer)
        #expect(try eventually(within: 15) { try agent.metric("weir_journal_sealing") == 1 })
        try use(agent, 1)
        let used = try #require(try agent.metric("weir_checks_total{decision=\"allow\"}"))
        agent.program.send(SIGTERM)
        #expect(agent.program.wait() == 0)
        try FileManager.default.removeItem(atPath: agent.directory.file("run"))
        #expect(try recorded(agent.directory) == used)
    }

    @Test func aFileThatMayNotGrowIsToldAndHealsWithoutLoss() throws {
        let agent = try AgentUnderTest(Self.settings)
        try use(agent, 10)
        func limit(_ bytes: String) throws {
            let prlimit = try RunningProgram(
                "prlimit", ["--pid", "\(agent.program.pid)", "--fsize=\(bytes)"], in: agent.directory)
            #expect(prlimit.wait() == 0)
        }
        // The soft limit only, so that it can be lifted again.
        try limit("100:unlimited")
        #expect(
            try eventually {
                try use(agent, 5)
                return try agent.admin("/status").contains("\"durability\" : \"memory-only\"")
            })
        #expect(try agent.admin("/status").contains("File too large"))
        try limit("unlimited:unlimited")
        #expect(try eventually(within: 15) { try agent.metric("weir_journal_sealing") == 1 })
        let used = try #require(try agent.metric("weir_checks_total{decision=\"allow\"}"))
        agent.program.kill()
        #expect(try recorded(agent.directory) == used)
    }

    @Test func aSyncThatStallsHoldsUpNoCheck() throws {
        let agent = try AgentUnderTest(Self.settings)
        try use(agent, 10)
        let tracer = try tracer(agent, "fdatasync:delay_enter=500000")
        try use(agent, 500)
        #expect(try agent.metric("weir_journal_sealing") == 1)
        detach(tracer)
        agent.program.kill()
        #expect(try recorded(agent.directory) == 510)
    }

    /// Rule R6: after a failed sync nobody knows what the disk holds of the segment. It is never synced again; a new one begins
    /// with everything, at once.
    @Test func aSyncThatFailsOnceCostsASegmentAndNothingElse() throws {
        let agent = try AgentUnderTest(Self.settings)
        try use(agent, 10)
        let tracer = try tracer(agent, "fdatasync:error=EIO:when=1")
        #expect(
            try eventually {
                try use(agent, 1)
                return try agent.metric("weir_journal_segments_given_up_total") == 1
            })
        #expect(try agent.metric("weir_journal_sealing") == 1)
        #expect(try agent.metric("weir_journal_failures_total") == 0)
        detach(tracer)
        let used = try #require(try agent.metric("weir_checks_total{decision=\"allow\"}"))
        agent.program.send(SIGTERM)
        #expect(agent.program.wait() == 0)
        try FileManager.default.removeItem(atPath: agent.directory.file("run"))
        #expect(try recorded(agent.directory) == used)
    }

    // MARK: Kills in the midst of it

    /// Killed at the first, second, … call of each kind that seals, recovers and takes files away: nothing is lost or doubled.
    @Test func aKillAtAnyStepOfARecoveryLosesAndDoublesNothing() throws {
        let directory = try TemporaryDirectory()
        let first = try AgentUnderTest(Self.settings, in: directory)
        try use(first, 25)
        first.program.kill()
        var kills = 0
        for call in ["fdatasync", "fsync", "rename", "unlink"] {
            for number in 1...5 {
                let agent = try AgentUnderTest(
                    Self.settings, in: directory,
                    behind: [
                        "strace", "-D", "-f", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
                        "inject=\(call):signal=KILL:when=\(number)",
                    ], isReady: false)
                // It dies at that call, or has fewer of them until it has taken everything over.
                #expect(eventually { !agent.program.isRunning || agent.program.log.contains("recovered usage of") })
                if agent.program.isRunning { agent.program.kill() } else { kills += 1 }
                #expect(agent.program.wait() == -SIGKILL, "\(agent.program.log)")
                #expect(try recorded(directory) == 25, "\(call) \(number)")
            }
        }
        #expect(kills >= 6)
        let last = try AgentUnderTest(Self.settings, in: directory)
        #expect(try eventually { try last.metric("weir_journal_sealing") == 1 })
        #expect(try recorded(directory) == 25)
    }

    // MARK: Claim C9

    @Test func aDiskThatIsLostLosesOnlyWhatWasNotAcknowledged() throws {
        let directory = try TemporaryDirectory()
        let collector = try UsageTests.CollectorUnderTest(in: directory)
        let settings = Self.settings.merging(collector.agentSettings) { $1 }
        let agent = try AgentUnderTest(settings, in: directory)
        try use(agent, 40)
        #expect(try eventually { try collector.calls()["admitted"] == 40 })
        try use(agent, 2)
        agent.program.kill()
        try FileManager.default.removeItem(atPath: directory.file("state"))
        try FileManager.default.removeItem(atPath: directory.file("run"))
        let successor = try AgentUnderTest(settings, in: directory)
        try use(successor, 5)
        #expect(try eventually { try collector.calls()["admitted"] ?? 0 >= 45 })
        #expect(try collector.calls()["admitted"] ?? 0 <= 47)
        // Another identity, and so no alarm of a collector that forgot.
        #expect(try successor.metric("weir_flush_refills_total") == 0)
    }

    // MARK: The commands

    @Test func theJournalIsVerifiedDumpedAndRepaired() throws {
        let directory = try TemporaryDirectory()
        let agent = try AgentUnderTest(
            Self.settings.merging(["WEIR_LIMITS": "daily: 1k/day by consumer"]) { $1 }, in: directory)
        try use(agent, 3)
        func journal(_ arguments: String...) throws -> (code: Int32?, output: String) {
            let program = try RunningProgram(
                Programs.weir, ["journal"] + arguments, environment: AgentUnderTest.environment(directory, 1),
                in: directory)
            return (program.wait(), program.log)
        }
        #expect(try eventually { try journal("dump").output.contains("window ends") })
        let busy = try journal("repair")
        #expect(busy.code == 2)
        #expect(busy.output.contains("an agent runs there"))
        agent.program.kill()
        let sound = try journal("verify")
        #expect(sound.code == 0)
        #expect(sound.output.contains("nothing is damaged"))
        let dump = try journal("dump", "live-")
        #expect(dump.output.contains(try Regex("admitted +acme +- +- +- +- +3 +3 +0 +0 +live-")))
        #expect(dump.output.contains(try Regex("T00:00:00Z +3 +1,000 ")))
        #expect(try journal("dump", "--json").output.contains("\"calls\" : 3"))
        #expect(try journal("dump", "nothing-").code == 2)
        let live = try #require(try directory.names(in: "state/journal").first { $0.hasPrefix("live-") })
        var bytes = try Data(contentsOf: URL(filePath: directory.file("state/journal/\(live)")))
        bytes[70] ^= 1
        try bytes.write(to: URL(filePath: directory.file("state/journal/\(live)")))
        let damaged = try journal("verify")
        #expect(damaged.code == 1)
        #expect(damaged.output.contains("damaged files"))
        #expect(try journal("verify", "--json").output.contains("\"state\" : \"damaged\""))
        let repaired = try journal("repair")
        #expect(repaired.code == 0)
        #expect(repaired.output.contains("\(live): put aside in"))
        #expect(repaired.output.contains("kept 3 calls"))
        #expect(try journal("verify").code == 0)
        #expect(try recorded(directory) == 3)
        let none = try RunningProgram(
            Programs.weir, ["journal", "verify"], environment: ["WEIR_STATE_DIR": "/nowhere"], in: directory)
        #expect(none.wait() == 2)
    }
}
