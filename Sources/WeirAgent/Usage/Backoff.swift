/// How long to wait after failures: doubling from 200 ms, at most 30 s, anywhere below at random, so that agents do not
/// come back together.
struct Backoff: Sendable {
    private static let first: Duration = .milliseconds(200)
    private static let longest: Duration = .seconds(30)

    private var failures = 0

    /// The wait after one more failure.
    ///
    /// - Parameter share: a random number from 0 to 1.
    mutating func next(share: Double = .random(in: 0...1)) -> Duration {
        let ceiling = min(Self.longest, Self.first * Double(1 << min(failures, 20)))
        failures += 1
        return ceiling * share
    }

    mutating func reset() { failures = 0 }
}
