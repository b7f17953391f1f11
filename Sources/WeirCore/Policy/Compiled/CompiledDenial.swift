/// A `deny` statement.
package struct CompiledDenial: BitwiseCopyable, Sendable {
    var name: IndexRange
    package var status: UInt16
    package var reason: Reason
    var conditions: IndexRange
}
