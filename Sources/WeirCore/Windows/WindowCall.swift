/// What an agent tells a collector of one window; cumulative but for what it wants.
package struct WindowCall: Equatable, Sendable, BitwiseCopyable {
    package var granted: Int64
    package var returned: Int64
    /// How much more it would like; 0 to keep what it has for longer.
    package var want: Int64
    /// How much more the oldest check needs that waits; less helps nobody. 0 where none waits.
    package var need: Int64
    /// Whether nothing more will be spent, and the cells are all reported.
    package var isOver: Bool
    /// Whether the collector was told that this run is over, and it is not: so it is when a disk was copied.
    package var isAlive: Bool
    /// When it was made, in microseconds of the agent's clock: deadlines count from here.
    package var sentAt: Int64

    package init(
        granted: Int64, returned: Int64, want: Int64, need: Int64, isOver: Bool = false, isAlive: Bool = false,
        sentAt: Int64 = 0
    ) {
        (self.granted, self.returned, self.want, self.need) = (granted, returned, want, need)
        (self.isOver, self.isAlive, self.sentAt) = (isOver, isAlive, sentAt)
    }
}
