import ArgumentParser
import WeirBench

/// `weir prove`: do agents that share limits ever admit more than they may?
struct ProveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Prove that agents which share limits never admit more than the bound, whatever breaks.",
        discussion: """
            Starts real agents and a real Redis in directories of its own, drives load, breaks things, and merges what every agent has
            admitted: each interval of length d may hold B + R·d, each window its amount. A row for each scenario.

            Exit code 0: every row holds; 1: a bound is broken, a share is too small, or a row could not run.

            Examples:
              weir prove
              weir prove --all --markdown
              weir prove --only killed --seed 7
            """)

    @Flag(help: "Every scenario, not only the short set.")
    var all = false

    @Option(help: "Only the scenario of this name, or those whose names contain it.")
    var only: String?

    @Option(help: "Of the demand; the same seed gives the same requests (1).")
    var seed: UInt64 = 1

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Print a table for deploy/FAULTS.md.")
    var markdown = false

    @Flag(help: "Leave Redis out: the agents do not share, and rows must fail.")
    var withoutRedis = false

    @Flag(help: "List the scenarios, and run none.")
    var list = false

    @OptionGroup(title: "What is started")
    var programs: BenchProgramOptions

    @Option(name: .customLong("redis-program"), help: "Redis.")
    var redisProgram = "/usr/bin/redis-server"

    func validate() throws {
        if json, markdown { throw ValidationError("--json or --markdown, not both") }
        if chosen.isEmpty { throw ValidationError("--only: no scenario is named so; --list names them all") }
    }

    private var chosen: [Scenario] {
        var chosen = Scenarios.all.filter { all || $0.isShort }
        if let only {
            chosen = Scenarios.all.filter { $0.name == only }
            if chosen.isEmpty { chosen = Scenarios.all.filter { $0.name.lowercased().contains(only.lowercased()) } }
        }
        if withoutRedis { for index in chosen.indices { chosen[index].store = .none } }
        return chosen
    }

    func run() throws {
        guard !list else { return print(chosen.map(\.name).joined(separator: "\n")) }
        Interruption.watch()
        let progress = BenchProgress()
        var rows: [ProofRow] = []
        do throws(BenchFailure) {
            var found = try programs.found()
            found.redis = redisProgram
            let proof = ProofRun(found) { progress.say($0) }
            for scenario in chosen {
                for outage in scenario.outages { rows.append(try proof.run(scenario, outage, seed: seed)) }
            }
        } catch {
            progress.end()
            throw CommandFailure.noAnswer("\(error)")
        }
        progress.end()
        print(json ? try JSONText.encode(rows) : markdown ? ProofText(rows).markdown : ProofText(rows).text)
        let broken = rows.count { !$0.holds }
        if broken > 0 { throw CommandFailure.negative("\(broken) of \(rows.count) rows do not hold") }
    }
}
