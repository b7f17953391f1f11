/// Frames of one turn whose checks wait for the shared store or the collector: they are answered later, and others overtake them.
package struct HeldFrames: Sendable {
    /// Frames that may still be held; a check beyond is decided at once.
    package private(set) var room: Int
    package private(set) var frames: [[UInt8]] = []
    /// Of each frame, whether it waits for the collector, which takes longer to answer than the store.
    package private(set) var areForCredit: [Bool] = []

    package init(room: Int) { self.room = max(0, room) }

    mutating func hold(_ frame: RawSpan, isForCredit: Bool) {
        room -= 1
        areForCredit.append(isForCredit)
        frames.append(frame.withUnsafeBytes { Array($0) })
    }
}
