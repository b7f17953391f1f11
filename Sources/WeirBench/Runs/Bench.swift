/// What every part of the benchmark is given.
package struct Bench: Sendable {
    let programs: BenchPrograms
    let pace: BenchPace
    let processors: Processors
    /// Is told what is being measured, in a few words.
    let progress: @Sendable (String) -> Void

    package init(
        _ programs: BenchPrograms, _ pace: BenchPace, _ processors: Processors,
        progress: @escaping @Sendable (String) -> Void
    ) {
        self.programs = programs
        self.pace = pace
        self.processors = processors
        self.progress = progress
    }

    /// How long one run of a closed loop is.
    var span: LoadSpan { LoadSpan(warmUp: pace.warmUp, seconds: pace.seconds) }

    /// A closed loop on the load's processor.
    func closed(
        _ endpoint: Endpoint, _ book: RequestBook, _ shape: LoadShape, _ span: LoadSpan, server: Int32? = nil,
        mayRefuse: Bool = false
    ) throws(BenchFailure) -> LoadResult {
        let loop = ClosedLoop(endpoint, book, shape, spins: processors.areApart)
        let result = try processors.withLoad { () throws(BenchFailure) in try loop.run(span, server: server) }
        return try Self.sound(result, endpoint, mayRefuse: mayRefuse)
    }

    /// An open loop on the load's processor.
    func open(
        _ endpoint: Endpoint, _ stream: OpenLoop.Stream, beside: OpenLoop.Stream? = nil, _ span: LoadSpan,
        mayRefuse: Bool = false
    ) throws(BenchFailure) -> LoadResult {
        let loop = OpenLoop(endpoint, stream, beside: beside)
        let result = try processors.withLoad { () throws(BenchFailure) in try loop.run(span) }
        return try Self.sound(result, endpoint, mayRefuse: mayRefuse || beside != nil)
    }

    /// A run is worth something when answers came and let their requests pass: a denial is another path.
    private static func sound(
        _ result: LoadResult, _ endpoint: Endpoint, mayRefuse: Bool = false
    ) throws(BenchFailure) -> LoadResult {
        guard result.answers > 0 else { throw BenchFailure("\(endpoint) gave no answer in \(result.seconds) s") }
        guard mayRefuse || result.refusals == 0 else {
            throw BenchFailure("\(endpoint) let \(result.refusals) of \(result.answers) requests not pass")
        }
        return result
    }
}
