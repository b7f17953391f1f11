/// What the machine lacks for the agent to run. Programs print it and exit with 69.
package struct StartError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
