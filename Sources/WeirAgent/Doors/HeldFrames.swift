/// Frames of one turn whose checks wait for the shared store: they are answered later, and others overtake them.
package struct HeldFrames: Sendable {
    /// Frames that may still be held; a check beyond is decided at once.
    package private(set) var room: Int
    package private(set) var frames: [[UInt8]] = []

    package init(room: Int) { self.room = max(0, room) }

    mutating func hold(_ frame: RawSpan) {
        room -= 1
        frames.append(frame.withUnsafeBytes { Array($0) })
    }
}
