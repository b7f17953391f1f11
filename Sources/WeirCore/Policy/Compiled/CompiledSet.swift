/// The values of one condition: addresses for `ip`, otherwise literal texts in order and patterns.
struct CompiledSet: BitwiseCopyable, Sendable {
    var literals: IndexRange
    var patterns: IndexRange
    var addresses: IndexRange
}
