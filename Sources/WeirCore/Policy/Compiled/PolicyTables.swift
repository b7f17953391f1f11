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
    /// How many routes are of the agent's own policy, and its share of the other tables; those of plans follow.
    let ownRouteCount: Int
    let own: CompiledPlan
    let plans: FixedArray<CompiledPlan>
    /// The ways into products; none where nothing is sold.
    let doors: FixedArray<CompiledDoor>
    let bareRoutes: FixedArray<Int32>
    /// Whether some limit counts requests that are not over.
    let hasSlots: Bool
    /// Whether some limit counts what only a report tells.
    let hasReported: Bool

    init(_ compiler: PolicyCompiler, namespace: Hash128) {
        digestSeeds = FixedArray((0..<Attributes.capacity).map { Self.digestSeed($0, under: namespace) })
        names = AttributeNames(compiler.customNames)
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
        ownRouteCount = compiler.ownRouteCount
        own = compiler.own
        plans = FixedArray(compiler.plans)
        doors = FixedArray(compiler.doors)
        bareRoutes = FixedArray(compiler.bareRoutes)
        needsPath = compiler.usedSlots.contains(.path) || !compiler.routes.isEmpty
        needsHost = compiler.usedSlots.contains(.host) || compiler.doors.contains { $0.hosts >= 0 }
        hasSlots = compiler.limits.contains { $0.isSlots }
        hasReported = compiler.limits.contains { $0.measure.isReported }
        needsAddress = compiler.usedSlots.contains(.ip)
    }
    private static func digestSeed(_ slot: Int, under namespace: Hash128) -> Hash128 {
        Hash128(deriving: "value \(slot)", under: namespace)
    }

    /// The key of the hashes that an attribute's values are known by: the same whatever the policy.
    static func digestSeed(of slot: AttributeSlot, under namespace: Hash128) -> Hash128 {
        digestSeed(Int(slot.index), under: namespace)
    }

    /// Lends a plan's code; an empty text for no plan.
    func withCode<Result>(of plan: UInt32, _ body: (RawSpan) -> Result) -> Result {
        plan < UInt32(plans.count) ? bytes.withBytes(plans[Int(plan)].code.range, body) : bytes.withBytes(0..<0, body)
    }
}
