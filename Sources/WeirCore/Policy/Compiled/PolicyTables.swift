/// The tables of a compiled policy: plain bits that refer to each other by number.
struct PolicyTables: ~Copyable, Sendable {
    /// Custom attribute names, for the frames of checks.
    let names: AttributeNames
    /// Names and values; ranges of texts point into it.
    let bytes: FixedArray<UInt8>
    let limits: FixedArray<CompiledLimit>
    let denials: FixedArray<CompiledDenial>
    let exemptions: FixedArray<CompiledExemption>
    let routes: FixedArray<CompiledRoute>
    let conditions: FixedArray<CompiledCondition>
    let keys: FixedArray<CompiledKey>
    let prices: FixedArray<CompiledPrice>
    let sets: FixedArray<CompiledSet>
    let literals: FixedArray<IndexRange>
    let patterns: FixedArray<IndexRange>
    let addresses: FixedArray<AddressRange>
    /// Masks with a bit for each limit, `maskWords` words each.
    let masks: FixedArray<UInt64>

    init(_ compiler: PolicyCompiler, names: [String]) {
        self.names = AttributeNames(names)
        bytes = FixedArray(compiler.bytes)
        limits = FixedArray(compiler.limits)
        denials = FixedArray(compiler.denials)
        exemptions = FixedArray(compiler.exemptions)
        routes = FixedArray(compiler.routes)
        conditions = FixedArray(compiler.conditions)
        keys = FixedArray(compiler.keys)
        prices = FixedArray(compiler.prices)
        sets = FixedArray(compiler.sets)
        literals = FixedArray(compiler.literals)
        patterns = FixedArray(compiler.patterns)
        addresses = FixedArray(compiler.addresses)
        masks = FixedArray(compiler.masks)
    }
}
