/// What is only known after a response.
package struct ResponseFacts: Equatable, Sendable, BitwiseCopyable {
    /// The HTTP status, 100 to 599.
    package var status: UInt16
    package var bytesIn: UInt64
    package var bytesOut: UInt64
    /// The actual cost in units; nil where nobody says.
    package var cost: UInt64?

    package init(status: UInt16, bytesIn: UInt64 = 0, bytesOut: UInt64 = 0, cost: UInt64? = nil) {
        self.status = status
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
        self.cost = cost
    }
}
