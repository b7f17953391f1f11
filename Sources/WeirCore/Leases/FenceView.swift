/// What an agent knows of one tag's fence in the store: enough for a store that has forgotten something to notice it.
package struct FenceView: Equatable, Sendable, BitwiseCopyable {
    /// Numbers at the head of an answer: epoch, operations, members of the fleet, the store's time, microseconds to the thaw.
    package static var count: Int { 5 }
    /// Microseconds by which the store's clock may exceed the estimate before it is taken to have jumped.
    private static var jump: Int64 { 250_000 }

    package private(set) var epoch: Int64 = 0
    package private(set) var operations: Int64 = 0
    /// Agents that the store counted last.
    package private(set) var fleet: Int64 = 0
    /// Microseconds of this agent's clock until which nothing is granted; nil while the store grants.
    package private(set) var thawAt: Int64?
    /// The store's time in the newest answer, and this agent's when the call was sent; 0 for a newcomer.
    private var storeTime: Int64 = 0
    private var sentAt: Int64 = 0

    package init() {}

    /// The store's time is at most this, if its clock has not jumped; 0 for a newcomer.
    package func latest(now: Int64, _ pace: LeasePace) -> Int64 {
        guard storeTime > 0 else { return 0 }
        let elapsed = max(0, now &- sentAt)
        return storeTime &+ elapsed &+ elapsed / 100 &* pace.driftPercent &+ Self.jump
    }

    /// Another connection: the clock behind it may be another one. Epoch and operations are what they were, for whoever answers there
    /// must know them.
    package mutating func connected() { storeTime = 0 }

    /// Takes over what another run of the agent on this machine knew, if that is more.
    mutating func inherit(_ other: FenceView) {
        guard (other.epoch, other.operations) > (epoch, operations) else { return }
        (epoch, operations) = (other.epoch, other.operations)
    }

    /// Takes the head of an answer to a call that was sent at `sentAt`. An answer of an older epoch says nothing of this one.
    ///
    /// - Returns: false when the numbers are none of a fence's.
    package mutating func take(_ numbers: ArraySlice<Int64>, sentAt: Int64, now: Int64) -> Bool {
        guard numbers.count == Self.count, numbers.allSatisfy({ (0..<LimitTerms.maximumProduct * 2).contains($0) })
        else {
            return false
        }
        let head = Array(numbers)
        guard head[0] >= epoch else { return true }
        // Answers overtake each other: within an epoch the highest of each counts.
        operations = head[0] == epoch ? max(operations, head[1]) : head[1]
        epoch = head[0]
        fleet = head[2]
        if head[3] >= storeTime { (storeTime, self.sentAt) = (head[3], sentAt) }
        thawAt = head[4] > 0 ? now &+ head[4] : nil
        return true
    }
}
