/// A policy in the form that checks run on: flat tables, owned by whoever decides, swapped as a whole.
package struct CompiledPolicy: ~Copyable, Sendable {
    /// All of it behind one address: a policy is lent many times in a check.
    let tables: Heap<PolicyTables>

    /// Compiles a policy whose statements were checked.
    ///
    /// - Parameter namespace: the key of all counters of one fleet, from `WEIR_NAMESPACE`.
    package init(_ policy: Policy, namespace: Hash128) {
        var compiler = PolicyCompiler(policy, .none, namespace: namespace)
        compiler.compile()
        tables = Heap(PolicyTables(compiler, namespace: namespace))
    }

    /// Compiles a policy together with what the policy document sells.
    ///
    /// - Throws: when both together use more custom attributes, or have more limits, than there is room for.
    package init(_ policy: Policy, _ offers: Offers, namespace: Hash128) throws(PolicyRefusal) {
        let names = Self.customNames(policy, offers)
        guard names.count <= AttributeSlot.maximumCustomNames else {
            throw .tooManyAttributes(maximum: AttributeSlot.maximumCustomNames, found: names.count)
        }
        var compiler = PolicyCompiler(policy, offers, namespace: namespace)
        compiler.compile()
        // Decisions name a statement by 16 bits.
        guard max(compiler.limits.count, compiler.denials.count) <= Int(UInt16.max) else {
            throw .tooManyLimits(
                maximum: Int(UInt16.max), found: max(compiler.limits.count, compiler.denials.count))
        }
        tables = Heap(PolicyTables(compiler, namespace: namespace))
    }

    /// The custom attributes of the policy, then those that only plans use.
    static func customNames(_ policy: Policy, _ offers: Offers) -> [String] {
        var names = policy.customNames
        for name in offers.plans.flatMap(\.rules.customNames) where !names.contains(name) { names.append(name) }
        return names
    }

    package var limitCount: Int { @inline(__always) get { tables.value.limits.count } }
    package var routeCount: Int { tables.value.routes.count }
    package var denialCount: Int { tables.value.denials.count }

    /// Whether the policy document sells anything.
    package var sellsAnything: Bool { @inline(__always) get { tables.value.doors.count > 0 } }

    /// Whether some limit counts requests that are not over.
    var hasSlots: Bool { @inline(__always) get { tables.value.hasSlots } }

    /// Whether some limit counts what only a report tells.
    var hasReported: Bool { @inline(__always) get { tables.value.hasReported } }

    /// The rules of the calendar that limits refer to; whoever puts the policy in force brings a timeline for each.
    package var calendar: [CalendarRule] { tables.value.calendar }

    /// Words of a mask with a bit for each limit.
    var maskWords: Int { @inline(__always) get { tables.value.maskWords } }

    /// Reads a CHECK frame, its custom attributes by the names that this policy uses.
    func read(
        _ frame: RawSpan, _ header: FrameHeader, into attributes: inout Attributes
    ) throws(WireError) -> CheckRequest {
        try CheckRequest(reading: frame, header: header, names: tables.value.names, into: &attributes)
    }

    package func limit(_ index: Int) -> CompiledLimit { tables.value.limits[index] }

    /// Lends the name of the statement that a decision refers to; empty for none.
    package func withName<Result>(of statement: StatementIndex, _ body: (RawSpan) -> Result) -> Result {
        let range =
            switch statement {
            case .none: 0..<0
            case .limit(let index): tables.value.limits[Int(index)].name.range
            case .deny(let index): tables.value.denials[Int(index)].name.range
            }
        return tables.value.bytes.withBytes(range, body)
    }
}
