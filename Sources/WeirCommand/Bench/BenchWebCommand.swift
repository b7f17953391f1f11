import ArgumentParser
import WeirBench

/// `weir bench web`: what does a limit cost the web server that asks for it?
struct BenchWebCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "web",
        abstract: "Measure web servers with nothing before their site, their own limiter, a stub in C, and the agent.",
        discussion: """
            Starts an agent, the stub, and nginx (auth_request), nginx with its Lua module, or HAProxy (SPOE) with the configurations that
            ship with Weir, in temporary directories.

            Exit code 0: measured, 2: it could not be.

            Examples:
              weir bench web
              weir bench web --only haproxy --json
            """)

    @Option(help: "Only this server: nginx, lua or haproxy.")
    var only: WebServer?

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Short runs, to see that it works; the figures mean nothing.")
    var quick = false

    @OptionGroup(title: "What is started")
    var programs: BenchProgramOptions

    func run() throws {
        Interruption.watch()
        let progress = BenchProgress()
        do throws(BenchFailure) {
            let bench = Bench(try programs.found(), quick ? .quick : .full, .any) { progress.say($0) }
            var report = BenchReport(machine: .current)
            report.web = try WebRun(bench, only.map { [$0] } ?? WebServer.allCases).run()
            progress.end()
            print(json ? try BenchText.json(report) : BenchText(report).text)
        } catch {
            progress.end()
            throw CommandFailure.noAnswer("\(error)")
        }
    }
}

extension WebServer: ExpressibleByArgument {}
