/// Everything that is wrong with a policy, at once, in the order of the text. Never empty.
package struct PolicyErrors: Error, Equatable, Sendable {
    package let errors: [PolicyError]

    package init(_ errors: [PolicyError]) { self.errors = errors }
}

extension PolicyErrors: CustomStringConvertible {
    package var description: String { errors.map(\.description).joined(separator: "\n") }
}
