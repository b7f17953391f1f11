import ArgumentParser
import WeirBench

/// `weir bench-floor`: serves what `weir bench` compares the agent with, in a process of its own; not for people.
struct BenchFloorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-floor", abstract: "Serve the floor of the benchmark.", shouldDisplay: false)

    @Argument(help: "The Unix socket.")
    var socket: String

    @Option(help: "Echo: the bytes of each answer in hexadecimal; without it and --spoe, the HTTP stub.")
    var answer: String?

    @Flag(help: "The stub agent for HAProxy.")
    var spoe = false

    func run() throws {
        do throws(BenchFailure) {
            try Floor.serve(socket, answer: answer, isSPOE: spoe)
        } catch {
            throw CommandFailure.noAnswer("\(error)")
        }
    }
}
