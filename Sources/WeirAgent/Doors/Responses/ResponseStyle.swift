/// How the doors that speak of HTTP tell clients about their limits.
package struct ResponseStyle: Equatable, Sendable {
    package var headers: HeaderForm
    /// How much later than it has to a denied client is told to come back.
    package var jitter: RetryJitter.Bound

    package init(headers: HeaderForm = .ietf, jitter: RetryJitter.Bound = .none) {
        self.headers = headers
        self.jitter = jitter
    }
}
