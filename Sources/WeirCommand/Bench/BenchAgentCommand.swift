import ArgumentParser
import WeirBench
import WeirSettings

/// `weir bench` without a word behind it: how fast is the agent, and against what?
struct BenchAgentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Measure the agent: against the floor, while things break; or load one that runs.",
        discussion: """
            --floor and --faults start agents of their own in temporary directories, and servers to compare them with;
            --limiter starts nothing. They may be given together. Without any of them the agent that runs here is loaded: its limits and its usage count the checks.

            Exit code 0: measured, 2: it could not be.

            Examples:
              weir bench --floor
              weir bench --floor --limiter --json > bench.json
              weir bench --faults
              weir bench --rate 20000 --seconds 10
              weir bench --http --connections 8
            """)

    @Flag(help: "Compare the agent with a C echo and an HTTP stub that decide nothing.")
    var floor = false

    @Flag(help: "Time Limiter.check in process, which --floor does too.")
    var limiter = false

    @Flag(
        help:
            "Compare warm checks with those while the collector is down, fdatasync stalls, new keys come, a Redis that is shared hangs, is slow, is gone."
    )
    var faults = false

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Short runs, to see that it works; the figures mean nothing.")
    var quick = false

    @Flag(inversion: .prefixedNo, help: "Keep servers and load on processors apart.")
    var pin = true

    @OptionGroup(title: "What is started")
    var programs: BenchProgramOptions

    @OptionGroup(title: "Load on the agent that runs")
    var load: BenchLoadOptions

    @Option(help: "Seconds of each run of --faults (10), or of the load (10).")
    var seconds: Double?

    @Option(help: "Pairs of runs of --faults (5).")
    var rounds: Int?

    private var isComparing: Bool { floor || limiter || faults }

    func validate() throws {
        if let seconds, seconds <= 0 || seconds > 3_600 {
            throw ValidationError("--seconds: expected more than 0, at most 3600")
        }
        if let rounds, rounds < 1 || rounds > 100 { throw ValidationError("--rounds: expected 1 to 100") }
        if isComparing, load.isGiven {
            throw ValidationError("--http, --socket, --rate, --connections and --in-flight load the agent that runs")
        }
    }

    func run() throws {
        Interruption.watch()
        let progress = BenchProgress()
        do throws(BenchFailure) {
            let report = try measure(progress)
            progress.end()
            print(json ? try BenchText.json(report) : BenchText(report).text)
        } catch {
            progress.end()
            throw CommandFailure.noAnswer("\(error)")
        }
    }

    private func measure(_ progress: BenchProgress) throws(BenchFailure) -> BenchReport {
        var report = BenchReport(machine: .current)
        let processors = pin ? Processors.apart : .any
        guard isComparing else {
            report.load = LoadReport(
                try load.run(seconds: seconds ?? (quick ? 0.2 : 10), processors) { progress.say($0) })
            return report
        }
        var pace = quick ? BenchPace.quick : .full
        if let seconds { pace.faultSeconds = seconds }
        if let rounds { pace.faultRounds = rounds }
        let bench = Bench(try programs.found(), pace, processors) { progress.say($0) }
        if floor { report.floor = try FloorRun(bench).run() }
        if limiter, !floor { report.limiter = try LimiterRun(pace).run() }
        if faults { report.faults = try FaultRun(bench).run() }
        return report
    }
}
