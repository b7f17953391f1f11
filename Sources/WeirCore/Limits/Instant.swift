/// When a check happens, as whoever drives the limiter read it: the core has no clock.
package struct Instant: Equatable, Sendable, BitwiseCopyable {
    /// Microseconds of a clock that never goes back; only differences mean anything. Buckets refill by it.
    package var microseconds: Int64
    /// Microseconds since 1970 of the wall clock, which may jump. Windows of the calendar and hours of usage go by it.
    package var wallMicroseconds: Int64

    package init(microseconds: Int64, wallMicroseconds: Int64) {
        self.microseconds = microseconds
        self.wallMicroseconds = wallMicroseconds
    }

    /// Hours since 1970: the hour that usage is counted in.
    @inline(__always)
    package var hour: UInt32 { UInt32(clamping: wallMicroseconds / 3_600_000_000) }
}
