/// An `exempt` statement.
struct CompiledExemption: BitwiseCopyable, Sendable {
    /// The mask of limits that it lifts; -1 for all.
    var limits: Int32
    var conditions: IndexRange
}
