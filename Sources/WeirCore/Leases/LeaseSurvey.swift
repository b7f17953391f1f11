/// What this agent holds of one limit's keys at a moment.
package struct LeaseSurvey: Sendable, BitwiseCopyable, Equatable {
    /// Keys that it has to do with.
    package var keys = 0
    /// The most that could still be admitted if everything else failed now, in tokens; of slots those in use too.
    package var outstanding: Int64 = 0
    /// Checks that wait for the store.
    package var waiting = 0
    /// Keys that the store does not answer for, or does not grant yet.
    package var alone = 0

    package init() {}
}
