/// One request that a proof makes: when, of which agent, with which key.
package struct Arrival: Equatable, Sendable {
    /// Microseconds from the start of the load.
    package let at: Int64
    package let agent: Int32
    package let key: Int32
    package let tokens: Int32

    package init(at: Int64, agent: Int32, key: Int32, tokens: Int32 = 1) {
        self.at = at
        self.agent = agent
        self.key = key
        self.tokens = tokens
    }
}
