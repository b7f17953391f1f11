/// What a load has measured, in the time after its warm-up.
package struct LoadResult: Sendable {
    package var answers: UInt64 = 0
    /// Answers that did not let their request pass.
    package var refusals: UInt64 = 0
    package var seconds: Double = 0
    package var latencies = Latencies()
    /// Nanoseconds of processor time that the server used; nil when nobody asked.
    package var serverNanoseconds: Int64?
    /// Requests that were due and not answered when the time was over; none in a closed loop.
    package var unanswered: UInt64 = 0

    package init() {}

    package var perSecond: Double { seconds > 0 ? Double(answers) / seconds : 0 }

    /// Microseconds of the server's processor time for each answer.
    package var microsecondsPerAnswer: Double {
        guard let serverNanoseconds, answers > 0 else { return 0 }
        return Double(serverNanoseconds) / Double(answers) / 1_000
    }

    /// The share of the time in which the server was busy: near 1, it was the server that was measured.
    package var serverShare: Double {
        guard let serverNanoseconds, seconds > 0 else { return 0 }
        return Double(serverNanoseconds) / 1e9 / seconds
    }
}
