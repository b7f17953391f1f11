/// Tokens for each unit of cost, if the conditions hold.
struct CompiledPrice: BitwiseCopyable, Sendable {
    var tokens: Int64
    var conditions: IndexRange
}
