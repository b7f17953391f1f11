/// What the machine lacks for the collector to run. Programs print it and exit with 69.
package struct CollectorStartError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
