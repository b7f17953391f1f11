/// Why nothing was measured, in words for whoever asked.
package struct BenchFailure: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
