/// How long a load runs: at first unmeasured, until caches are warm, then measured.
package struct LoadSpan: Sendable {
    package var warmUp: Double
    package var seconds: Double

    package init(warmUp: Double, seconds: Double) {
        precondition(warmUp >= 0 && seconds > 0 && warmUp + seconds <= 86_400, "at most a day")
        self.warmUp = warmUp
        self.seconds = seconds
    }
}
