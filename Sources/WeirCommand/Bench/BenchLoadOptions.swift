import ArgumentParser
import WeirBench
import WeirSettings

/// The load of `weir bench` on an agent that runs.
struct BenchLoadOptions: ParsableArguments {
    @Flag(help: "Ask the HTTP door, as nginx does, instead of the native socket.")
    var http = false

    @Option(help: "The agent's socket (WEIR_SOCKET, or http.sock beside it).")
    var socket: String?

    @Option(help: "Requests per second, in an open loop; without it, as many as are answered.")
    var rate: Double?

    @Option(help: "Connections (64).")
    var connections: Int?

    @Option(
        name: .customLong("in-flight"),
        help: "Requests that each connection has unanswered (1; with --rate at most 64).")
    var inFlight: Int?

    var isGiven: Bool { http || socket != nil || rate != nil || connections != nil || inFlight != nil }

    func validate() throws {
        if let connections, !(1...LoadShape.maximumConnections).contains(connections) {
            throw ValidationError("--connections: expected 1 to \(LoadShape.maximumConnections)")
        }
        if let inFlight, !(1...LoadShape.maximumInFlight).contains(inFlight) {
            throw ValidationError("--in-flight: expected 1 to \(LoadShape.maximumInFlight)")
        }
        if let rate, rate <= 0 || rate > SendSchedule.maximumRate {
            throw ValidationError("--rate: expected more than 0, at most \(Int(SendSchedule.maximumRate))")
        }
    }

    /// Loads the agent; denials count as answers.
    func run(
        seconds: Double, _ processors: Processors, _ progress: (String) -> Void
    ) throws(BenchFailure) -> LoadResult {
        let settings = CommandSettings.ofProcess()
        let path = socket ?? (http ? Self.httpSocket(beside: settings.socket) : settings.socket)
        let book = http ? RequestBook.questions : .checks
        let span = LoadSpan(warmUp: min(0.5, seconds / 10), seconds: seconds)
        let shape = LoadShape(connections: connections ?? 64, inFlight: inFlight ?? (rate == nil || http ? 1 : 64))
        if let rate {
            progress("\(Int(rate)) requests/s to \(path)")
            let loop = OpenLoop(.unix(path), OpenLoop.Stream(book, shape, rate: rate))
            return try processors.withLoad { () throws(BenchFailure) in try loop.run(span) }
        }
        progress("\(shape) requests in flight to \(path)")
        let loop = ClosedLoop(.unix(path), book, shape, spins: processors.areApart)
        return try processors.withLoad { () throws(BenchFailure) in try loop.run(span) }
    }

    private static func httpSocket(beside socket: String) -> String {
        "\(socket[..<(socket.lastIndex(of: "/") ?? socket.startIndex)])/http.sock"
    }
}
