/// A way into a product: hosts, and a path with its methods.
struct CompiledDoor: BitwiseCopyable, Sendable {
    /// The product's number in the book.
    var product: UInt32
    /// The set of hosts; -1 for any.
    var hosts: Int32
    /// The route whose path and methods it has; -1 for every path.
    var route: Int32
}
