/// What an agent says of one window, and what it asks for. Every counter is cumulative, so an ask may be lost, doubled or late.
package struct WindowAsk: Equatable, Sendable {
    package var grant: String
    /// What it knows to have been granted, in all.
    package var granted: Int64
    /// What it has given back and will never spend, in all.
    package var returned: Int64
    /// How much more it would like, for checks to come; 0 to keep what it has for longer.
    package var want: Int64
    /// How much more the oldest check needs that waits: less than that helps nobody.
    package var need: Int64
    /// Whether the window is over: the cells of this incarnation are all here, and it will not spend any more.
    package var isOver: Bool
    /// Whether it lives, though the store was told that it was over.
    package var isAlive: Bool

    package init(
        grant: String, granted: Int64, returned: Int64, want: Int64, need: Int64 = 1, isOver: Bool = false,
        isAlive: Bool = false
    ) {
        self.grant = grant
        self.granted = granted
        self.returned = returned
        self.want = want
        self.need = need
        self.isOver = isOver
        self.isAlive = isAlive
    }
}
