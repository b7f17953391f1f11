/// A setting without its type: a row of `--help` and of `deploy/SETTINGS.md`.
package struct SettingDescription: Equatable, Sendable {
    package let name: String
    package let meaning: String
    /// What a value looks like, such as "a duration from 100ms to 60s".
    package let expectation: String
    package let defaultText: String
    package let isSecret: Bool
}
