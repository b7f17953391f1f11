/// For how long windows live. All in seconds.
package struct WindowTerms: Equatable, Sendable {
    /// For how long an agent may spend without hearing from a collector.
    package var timeToLive: Int64
    /// What is added before a window counts as expired: a tenth for clocks that run apart, and this.
    package var margin: Int64
    /// After how long without a word an expired window is given up: what was reported is charged, the rest is the consumer's again.
    package var abandonAfter: Int64

    package init(timeToLive: Int64 = 60, margin: Int64 = 5, abandonAfter: Int64 = 86_400) {
        self.timeToLive = max(1, timeToLive)
        self.margin = max(0, margin)
        self.abandonAfter = max(0, abandonAfter)
    }

    /// When a window that was given so many seconds now can no longer be spent, wherever it is.
    func expiry(of seconds: Int64, at now: Int64) -> Int64 { now + seconds + seconds / 10 + margin }
}
