/// The last word of an agent that is gone about one window: what it had spent in all, so that what it did not is somebody else's.
package struct LeaseSettlement: Sendable, Equatable {
    package let key: Hash128
    /// Whose lease it was, and under which of its names.
    package let incarnation: Hash128
    package let name: UInt32
    package let ask: LeaseAsk

    package var tag: Int { LeaseEntry.tag(of: key) }
    /// When the window ends, by the wall clock in microseconds: behind it nobody wants to know.
    package var end: Int64 { ask.per }
}
