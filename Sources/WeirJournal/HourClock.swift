/// Decides which hours are over for good, by a wall clock that may jump.
///
/// A jump forward that is taken back soon must not close an hour: no cell reopens. So after a step of more than a
/// minute the clock has to run on for ten minutes before it closes anything.
package struct HourClock: Sendable {
    private static let step: Int64 = 60_000_000
    private static let distrust: Int64 = 600_000_000

    /// Microseconds after an hour's end until which reports are taken.
    private let deadline: Int64
    private var last: (wall: Int64, monotonic: Int64)?
    private var distrustedUntil: Int64 = .min

    /// - Parameter deadline: microseconds.
    package init(deadline: Int64) { self.deadline = deadline }

    /// Notes both clocks, in microseconds.
    ///
    /// - Returns: the first hour that is still open, and the size of a step that was just seen, in seconds. The hour is nil while the
    ///   wall clock is not trusted.
    package mutating func tick(wall: Int64, monotonic: Int64) -> (openHour: UInt32?, stepSeconds: Int64?) {
        var stepSeconds: Int64?
        if let last {
            let difference = (wall - last.wall) - (monotonic - last.monotonic)
            if abs(difference) > Self.step {
                stepSeconds = difference / 1_000_000
                distrustedUntil = monotonic + Self.distrust
            }
        }
        last = (wall, monotonic)
        guard monotonic >= distrustedUntil else { return (nil, stepSeconds) }
        return (UInt32(clamping: (wall - deadline) / 3_600_000_000), stepSeconds)
    }
}
