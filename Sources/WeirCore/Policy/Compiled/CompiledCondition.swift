/// One condition: an attribute, a test, and the set that the attribute is looked for in.
struct CompiledCondition: BitwiseCopyable, Sendable {
    enum Test: UInt8, BitwiseCopyable { case isPresent, isAbsent, isOneOf, isNoneOf }

    var slot: AttributeSlot
    var test: Test
    var set: UInt32
}
