/// Tells a wall clock that can be believed from one that has just jumped, or that nobody has watched for long.
///
/// A machine may start with a clock that is years off and have it set right a minute later; a jump may be taken back. So a clock is
/// believed when it has run on for ten minutes without a step of more than a minute.
package struct WallClockTrust: Sendable {
    private static let step: Int64 = 60_000_000
    private static let distrust: Int64 = 600_000_000

    private var last: (wall: Int64, monotonic: Int64)?
    private var distrustedUntil: Int64 = .max

    package init() {}

    /// Whether the clock could be believed at the last tick.
    package var isTrusted: Bool { (last?.monotonic ?? .min) >= distrustedUntil }

    /// Notes both clocks, in microseconds.
    ///
    /// - Returns: the size of a step that was just seen, in seconds.
    package mutating func tick(wall: Int64, monotonic: Int64) -> Int64? {
        defer { last = (wall, monotonic) }
        guard let last else {
            distrustedUntil = monotonic + Self.distrust
            return nil
        }
        let difference = (wall - last.wall) - (monotonic - last.monotonic)
        guard abs(difference) > Self.step else { return nil }
        distrustedUntil = monotonic + Self.distrust
        return difference / 1_000_000
    }
}
