/// The statements of one plan, or of the agent's own policy.
struct CompiledPlan: BitwiseCopyable, Sendable {
    /// The plan's code.
    var code: IndexRange
    var limits: IndexRange
    var denials: IndexRange
    var exemptions: IndexRange

    static let none = CompiledPlan(
        code: IndexRange(0..<0), limits: IndexRange(0..<0), denials: IndexRange(0..<0), exemptions: IndexRange(0..<0))
}
