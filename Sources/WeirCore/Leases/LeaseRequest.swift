/// A call that is to be made for one limit key, on its way out of the limiter and back into it with its answer.
package struct LeaseRequest: Sendable, BitwiseCopyable {
    package let place: Int
    package let key: Hash128
    /// Which of the agent's names it is made under.
    package let name: UInt32
    package let ask: LeaseAsk

    package var tag: Int { LeaseEntry.tag(of: key) }
}
