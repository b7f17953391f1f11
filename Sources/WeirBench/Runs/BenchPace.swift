/// How often and how long everything is measured.
package struct BenchPace: Sendable {
    /// Times that floor and agent take turns; medians are taken over them.
    package var alternations: Int
    package var warmUp: Double
    package var seconds: Double
    /// Seconds of one run in an open loop.
    package var openSeconds: Double
    /// Turns of a web server's doors, and seconds of each.
    package var webRounds: Int
    package var webSeconds: Double
    /// Pairs of runs for each fault, and seconds of each.
    package var faultRounds: Int
    package var faultSeconds: Double
    /// Starts of an agent that are timed.
    package var starts: Int
    /// Checks of one round in process, and rounds.
    package var limiterChecks: Int
    package var limiterRounds: Int

    /// All of it but the faults is done within 8 minutes.
    package static let full = BenchPace(
        alternations: 9, warmUp: 0.3, seconds: 2, openSeconds: 4, webRounds: 7, webSeconds: 1.2, faultRounds: 5,
        faultSeconds: 10, starts: 7, limiterChecks: 300_000, limiterRounds: 15)

    /// Long enough to see that it works, too short for figures that mean anything.
    package static let quick = BenchPace(
        alternations: 1, warmUp: 0.05, seconds: 0.2, openSeconds: 0.3, webRounds: 1, webSeconds: 0.2,
        faultRounds: 1, faultSeconds: 0.5, starts: 1, limiterChecks: 20_000, limiterRounds: 1)
}
