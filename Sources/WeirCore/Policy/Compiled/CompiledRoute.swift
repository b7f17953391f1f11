/// A `route` statement.
package struct CompiledRoute: BitwiseCopyable, Sendable {
    var name: IndexRange
    /// Empty when the route is of no product.
    var product: IndexRange
    /// The set of methods; -1 for all.
    var methods: Int32
    var path: UInt32
    package var weight: Int64
}
