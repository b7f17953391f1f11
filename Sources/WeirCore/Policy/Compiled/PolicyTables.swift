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
    let statuses: FixedArray<StatusRange>
    let sets: FixedArray<CompiledSet>
    let literals: FixedArray<IndexRange>
    let patterns: FixedArray<IndexRange>
    let addresses: FixedArray<AddressRange>
    /// Masks with a bit for each limit, `maskWords` words each.
    let masks: FixedArray<UInt64>
    let maskWords: Int
    /// The rules of the calendar that limits refer to.
    let calendar: [CalendarRule]
    /// By slot, the key of the hashes that its values are known by; 0, which is no slot, has that of addresses, so that no text
    /// can pass for one.
    let digestSeeds: FixedArray<Hash128>
    /// What a check must derive before it can match anything.
    let needsPath: Bool
    let needsHost: Bool
    let needsAddress: Bool
    /// Whether some limit counts requests that are not over.
    let hasSlots: Bool
    /// Whether some limit counts what only a report tells.
    let hasReported: Bool

    init(_ compiler: PolicyCompiler, names: [String], namespace: Hash128) {
        digestSeeds = FixedArray((0..<Attributes.capacity).map { Hash128(deriving: "value \($0)", under: namespace) })
        self.names = AttributeNames(names)
        bytes = FixedArray(compiler.bytes)
        limits = FixedArray(compiler.limits)
        denials = FixedArray(compiler.denials)
        exemptions = FixedArray(compiler.exemptions)
        routes = FixedArray(compiler.routes)
        conditions = FixedArray(compiler.conditions)
        keys = FixedArray(compiler.keys)
        prices = FixedArray(compiler.prices)
        statuses = FixedArray(compiler.statuses)
        sets = FixedArray(compiler.sets)
        literals = FixedArray(compiler.literals)
        patterns = FixedArray(compiler.patterns)
        addresses = FixedArray(compiler.addresses)
        masks = FixedArray(compiler.masks)
        maskWords = compiler.maskWords
        calendar = compiler.calendar
        needsPath = compiler.usedSlots.contains(.path) || !compiler.routes.isEmpty
        needsHost = compiler.usedSlots.contains(.host)
        hasSlots = compiler.limits.contains { $0.isSlots }
        hasReported = compiler.limits.contains { $0.measure.isReported }
        needsAddress = compiler.usedSlots.contains(.ip)
    }
}
