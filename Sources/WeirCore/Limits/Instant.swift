/// When a check happens, as whoever drives the limiter read it: the core has no clock.
package struct Instant: Equatable, Sendable, BitwiseCopyable {
    /// Microseconds of a clock that never goes back; only differences mean anything.
    package var microseconds: Int64
    /// Hours since 1970 of the wall clock: the hour that usage is counted in.
    package var hour: UInt32

    package init(microseconds: Int64, hour: UInt32) {
        self.microseconds = microseconds
        self.hour = hour
    }
}
