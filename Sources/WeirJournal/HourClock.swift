import WeirCore

/// Decides which hours are over for good, by a wall clock that may jump.
///
/// A jump forward that is taken back soon must not close an hour, nor a clock that is ahead when the agent starts: no cell reopens.
/// So only a clock that has run on for ten minutes closes anything.
package struct HourClock: Sendable {
    /// Microseconds after an hour's end until which reports are taken.
    private let deadline: Int64
    private var trust = WallClockTrust()

    /// - Parameter deadline: microseconds.
    package init(deadline: Int64) { self.deadline = deadline }

    /// Notes both clocks, in microseconds.
    ///
    /// - Returns: the first hour that is still open, and the size of a step that was just seen, in seconds. The hour is nil while the
    ///   wall clock is not trusted.
    package mutating func tick(wall: Int64, monotonic: Int64) -> (openHour: UInt32?, stepSeconds: Int64?) {
        let stepSeconds = trust.tick(wall: wall, monotonic: monotonic)
        guard trust.isTrusted else { return (nil, stepSeconds) }
        return (UInt32(clamping: (wall - deadline) / 3_600_000_000), stepSeconds)
    }
}
