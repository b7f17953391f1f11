/// What the policy document says of a request of a product: who asks, and why he may not.
package struct KeyExplanation: Sendable {
    package var product: String
    package var route: String
    package var reason: Reason
    package var status: UInt16
    /// Empty where nobody knows.
    package var consumer: String
    package var plan: String
    package var contract: String
    package var key: String
}
