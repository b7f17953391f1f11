/// What turns the text of a key into its digest: HMAC-SHA-256 under the pepper, which the core does not compute itself.
package struct KeyHasher: Sendable {
    package let digest: @Sendable (RawSpan) -> KeyDigest

    package init(_ digest: @escaping @Sendable (RawSpan) -> KeyDigest) { self.digest = digest }
}
