/// A limit as checks use it.
package struct CompiledLimit: BitwiseCopyable, Sendable {
    var name: IndexRange
    /// Name, kind and `by` list, hashed under the namespace: the seed of its limit keys, so that an amount may change.
    package var identity: Hash128
    /// The same, but for the version of a plan, which counters of limit keys do not know: two versions may be in force at once.
    var serial: Hash128
    package var terms: LimitTerms
    /// Seconds in which the capacity is made anew; 0 for windows, whose length is the calendar's.
    var windowSeconds: UInt32
    /// The rule of the windows that it counts in, and of the spans in which it holds; -1 for none.
    var windows: Int32
    var spans: Int32
    var conditions: IndexRange
    var keys: IndexRange
    var prices: IndexRange
    package var measure: Measure
    /// The statuses of `counting answers`.
    var statuses: IndexRange
    package var enforcedPercent: UInt8
    package var status: UInt16
    /// The mask of limits that it replaces; -1 for none.
    var replaces: Int32
    /// Whether the same share of a counter stays used when the amount changes, and not the same number.
    var isProportional: Bool
    /// For how long a request may hold a slot, in microseconds; 0 for what has none.
    package var holdMicroseconds: Int64
    /// Whether it counts requests that are not over.
    package var isSlots: Bool {
        @inline(__always) get { holdMicroseconds > 0 }
    }
    /// What decides while the shared store does not answer.
    package var outage: OutagePolicy
    /// Whether it holds for every request, at one token for each unit, at all times: most do, and need not be asked.
    var isPlain: Bool {
        @inline(__always) get { plain }
    }
    private let plain: Bool

    /// What a denial by it is called.
    /// What responses say that it counts in.
    var unit: QuotaUnit {
        if isSlots { return .concurrentRequests }
        return measure == .bytesIn || measure == .bytesOut ? .contentBytes : .requests
    }

    var reason: Reason { isSlots ? .concurrency : windows >= 0 ? .quota : .rate }

    init(
        name: IndexRange, identity: Hash128, serial: Hash128, terms: LimitTerms, windows: Int32, spans: Int32,
        conditions: IndexRange,
        keys: IndexRange, prices: IndexRange, measure: Measure, statuses: IndexRange, enforcedPercent: UInt8,
        status: UInt16, replaces: Int32, isProportional: Bool, holdMicroseconds: Int64, outage: OutagePolicy
    ) {
        self.name = name
        self.identity = identity
        self.serial = serial
        self.terms = terms
        self.windowSeconds = terms.windowSeconds
        self.windows = windows
        self.spans = spans
        self.conditions = conditions
        self.keys = keys
        self.prices = prices
        self.measure = measure
        self.statuses = statuses
        self.enforcedPercent = enforcedPercent
        self.status = status
        self.replaces = replaces
        self.isProportional = isProportional
        self.holdMicroseconds = holdMicroseconds
        self.outage = outage
        plain =
            windows < 0 && spans < 0 && conditions.isEmpty && prices.isEmpty && measure == .units
            && enforcedPercent == 100 && replaces < 0 && holdMicroseconds == 0
    }
}
