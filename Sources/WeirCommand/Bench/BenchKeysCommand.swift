import ArgumentParser
import WeirBench

/// `weir bench keys`: what do many API keys cost an agent?
struct BenchKeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Measure what many API keys cost an agent: memory, the time to load them, a change, and checks.",
        discussion: """
            In this process; nothing is started. Exit code 0: measured, 2: it could not be.

            Examples:
              weir bench keys
              weir bench keys --keys 100000 --json
            """)

    @Option(help: "API keys in all.")
    var keys = 1_000_000

    @Option(help: "Changes of each size that are timed.")
    var changes = 100

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if keys < 1_000 || keys > 6_000_000 { throw ValidationError("--keys: expected 1000 to 6000000") }
        if changes < 1 || changes > 10_000 { throw ValidationError("--changes: expected 1 to 10000") }
    }

    func run() throws {
        Interruption.watch()
        let progress = BenchProgress()
        do throws(BenchFailure) {
            let report = try KeyRun(keys: keys, changes: changes) { progress.say($0) }.run()
            progress.end()
            print(json ? try Self.json(report) : Self.text(report))
        } catch {
            progress.end()
            throw CommandFailure.noAnswer("\(error)")
        }
    }

    private static func json(_ report: KeyReport) throws(BenchFailure) -> String {
        do {
            return try JSONText.encode(report)
        } catch {
            throw BenchFailure("cannot write the report: \(error)")
        }
    }

    static func text(_ report: KeyReport) -> String {
        func microseconds(_ samples: Samples) -> String {
            "\(Wording.decimals(samples.median, 1)) µs, at most \(Wording.decimals(samples.highest, 1)) µs"
        }
        func whole(_ number: Double) -> String { Wording.count(UInt64(number.rounded())) }
        var table = TextTable(["\(Wording.count(UInt64(report.keys))) API keys", ""])
        table.add(["document", Wording.bytes(UInt64(report.documentBytes))])
        table.add([
            "memory of each key",
            "\(whole(report.bytesPerKey)) B, \(whole(report.allBytesPerKey)) B with subscriptions and consumers",
        ])
        table.add(["the process grew by", Wording.bytes(UInt64(report.residentBytes))])
        table.add(["load (processor time)", "\(Wording.decimals(report.loadSeconds, 2)) s"])
        table.add(["check, key known", "\(whole(report.check.median)) ns"])
        table.add(["first check of each key after a change", "\(whole(report.checkAfter.median)) ns"])
        table.add(["change of 1 key, without the lock", microseconds(report.change)])
        table.add(["  put in force, under the lock", microseconds(report.swap)])
        table.add(["change of 1,000 keys, without the lock", microseconds(report.largeChange)])
        table.add(["  put in force, under the lock", microseconds(report.largeSwap)])
        return table.text
    }
}
