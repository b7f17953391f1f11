/// When a transaction that failed for a reason that passes is run again: soon at first, ever later, each time at random so that
/// those who were in each other's way are not again.
struct PostgreSQLRetry: Sendable {
    /// Attempts of a body that may be at fault itself.
    static let suspectAttempts = 4
    /// Attempts in all, whatever the time allows.
    static let maximumAttempts = 200
    /// The first pause, and the longest.
    static let firstPause = Duration.milliseconds(2)
    static let longestPause = Duration.milliseconds(500)

    /// From the first attempt on.
    let budget: Duration
    /// Attempts that have failed.
    private(set) var failures = 0

    init(budget: Duration) { self.budget = budget }

    /// Whether those who have failed so often take turns, instead of running into each other again.
    var takesTurn: Bool { failures >= 2 }

    /// Counts a failure.
    ///
    /// - Parameters:
    ///   - elapsed: since the first attempt began.
    ///   - chance: from 0 to 1, at random.
    /// - Returns: how long to wait for the next attempt; nil when there is none.
    mutating func pause(after failure: PostgreSQLFailure, elapsed: Duration, chance: Double) -> Duration? {
        failures += 1
        guard failures < Self.maximumAttempts else { return nil }
        if failure.isSuspect, failures >= Self.suspectAttempts { return nil }
        if case .partition = failure.remedy { return .zero }
        let longest = min(Self.longestPause, Self.firstPause * (1 << min(failures - 1, 16)))
        // Half of it for sure: a server that starts is not asked without pause.
        let pause = longest * (0.5 + chance / 2)
        return elapsed + pause > budget ? nil : pause
    }
}
