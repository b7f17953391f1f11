/// A setting as it is in force, for `settings` commands and the admin endpoint.
package struct EffectiveSetting: Equatable, Sendable {
    package enum Source: String, Sendable {
        case `default`, environment, file
    }

    package let name: String
    /// The value as text; a secret is only said to be set.
    package let value: String
    package let source: Source
}
