/// Everything that is wrong with a program's variables, at once. Programs print it and exit with 64.
package struct SettingsError: Error, Equatable, Sendable {
    /// One line each: the variable, what is wrong, what to do.
    package let problems: [String]

    package init(_ problems: [String]) { self.problems = problems }
}

extension SettingsError: CustomStringConvertible {
    package var description: String { problems.joined(separator: "\n") }
}
