/// Tells when something that is counted begins to happen, and when it has stopped: two words, however often it happens.
package struct Alarm: Equatable, Sendable {
    package enum Change: Equatable, Sendable {
        /// It happens, so often since the last look.
        case began(UInt64)
        /// It has not happened for a while; so often it did in all.
        case ended(UInt64)
    }

    /// Looks without anything new until it counts as over.
    private let quietLooks: Int
    private var seen: UInt64 = 0
    /// The count before it began; nil while nothing happens.
    private var before: UInt64?
    private var quiet = 0

    package init(quietLooks: Int) { self.quietLooks = quietLooks }

    /// Takes in what the counter shows now; to be called at equal times.
    package mutating func look(_ value: UInt64) -> Change? {
        let step = value &- seen
        seen = value
        if step > 0 {
            quiet = 0
            guard before == nil else { return nil }
            before = value &- step
            return .began(step)
        }
        guard let before else { return nil }
        quiet += 1
        guard quiet >= quietLooks else { return nil }
        self.before = nil
        return .ended(value &- before)
    }
}
