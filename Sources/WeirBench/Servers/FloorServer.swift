/// The floor in a process of its own: what the same bytes cost when nothing is decided.
final class FloorServer {
    private let directory: BenchDirectory
    private let child: ChildProcess
    let endpoint: Endpoint
    let socket: String

    private init(_ programs: BenchPrograms, _ arguments: [String], processor: Int32)
        throws(BenchFailure)
    {
        directory = try BenchDirectory()
        socket = "\(directory.memory)/floor.sock"
        endpoint = .unix(socket)
        child = try ChildProcess(
            [programs.weir, "bench-floor", socket] + arguments, environment: programs.environment,
            log: "\(directory.disk)/floor.log", processor: processor, home: directory)
        let (running, place) = (child, endpoint)
        try Exchange.untilServed(by: running, "the floor") { () throws(BenchFailure) in try place.probe() }
    }

    var pid: Int32 { child.pid }

    /// An echo that answers each frame with these bytes and the frame's id.
    static func echo(_ programs: BenchPrograms, answer: [UInt8], processor: Int32) throws(BenchFailure) -> FloorServer {
        try FloorServer(programs, ["--answer", hexadecimal(answer)], processor: processor)
    }

    /// A stub that answers each HTTP request with 200.
    static func http(_ programs: BenchPrograms, processor: Int32) throws(BenchFailure) -> FloorServer {
        try FloorServer(programs, [], processor: processor)
    }

    /// A stub agent for HAProxy that allows everything.
    static func spoe(_ programs: BenchPrograms, processor: Int32) throws(BenchFailure) -> FloorServer {
        try FloorServer(programs, ["--spoe"], processor: processor)
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
