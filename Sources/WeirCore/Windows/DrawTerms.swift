/// At what a grant is drawn for a call: what of the call is counted, what a unit of it costs, and which calls are billed at all.
struct DrawTerms: Equatable, Sendable {
    /// What is counted of a call.
    enum Measure: Equatable, Sendable {
        /// The cost of the check times the weight of its route: known at once.
        case units
        /// Bytes, which only the report tells: estimated, then settled.
        case bytesIn, bytesOut
    }

    /// A condition on a fact of the request, which the check knows.
    struct Condition: Equatable, Sendable {
        var slot: AttributeSlot
        var isNegated: Bool
        /// In UTF-8.
        var values: [[UInt8]]
    }

    var measure = Measure.units
    /// Base units of the grant for so many units of what is counted.
    var numerator: Int64 = 1
    var denominator: Int64 = 1
    /// All of them hold for a call that is billed.
    var conditions: [Condition] = []
    /// Statuses that are billed, or are not; nil where every status is.
    var statuses: (isNegated: Bool, ranges: [ClosedRange<Int>])?

    /// Whether the plan bills no call that nothing was reported of.
    var skipsUnreported = false

    /// What so many units cost, rounded up.
    func cost(of units: UInt64) -> Int64 {
        if numerator == denominator { return Int64(clamping: min(units, UInt64(CreditWindow.maximum))) }
        let product = Int128(units) * Int128(numerator)
        return Int64(min((product + Int128(denominator) - 1) / Int128(denominator), Int128(CreditWindow.maximum)))
    }

    /// Whether what is drawn is known only when the response is over.
    var needsReport: Bool { measure != .units || statuses != nil || skipsUnreported }

    /// Whether a call is billed that nothing was reported of: never where its status decides.
    var billsUnreported: Bool { !skipsUnreported && statuses == nil }

    func bills(status: UInt16) -> Bool {
        guard let statuses else { return true }
        return statuses.ranges.contains { $0.contains(Int(status)) } != statuses.isNegated
    }

    /// Units of a response that are charged: none where it is not billed.
    func units(of response: ResponseFacts, reserved: UInt64) -> UInt64 {
        guard bills(status: response.status) else { return 0 }
        switch measure {
        case .units: return response.cost ?? reserved
        case .bytesIn: return response.bytesIn
        case .bytesOut: return response.bytesOut
        }
    }

    static func == (left: DrawTerms, right: DrawTerms) -> Bool {
        left.measure == right.measure && left.numerator == right.numerator && left.denominator == right.denominator
            && left.skipsUnreported == right.skipsUnreported && left.conditions == right.conditions
            && left.statuses?.isNegated == right.statuses?.isNegated
            && left.statuses?.ranges == right.statuses?.ranges
    }
}

extension DrawTerms {
    /// The terms of a meter. A filter that is not understood bills everything, which the collector corrects.
    init(_ meter: MeterRecord, isMoney: Bool) {
        measure =
            switch meter.dimension {
            case .calls, .units: .units
            case .bytesIn: .bytesIn
            case .bytesOut: .bytesOut
            }
        if isMoney { (numerator, denominator) = (meter.ceilingNumerator, max(1, meter.ceilingDenominator)) }
        for word in meter.filter.split(separator: " ") { read(word) }
    }

    private mutating func read(_ word: Substring) {
        let sides = word.split(separator: "=", maxSplits: 1)
        guard sides.count == 2 else { return }
        let isNegated = sides[0].hasSuffix("!")
        let values = sides[1].split(separator: "|").map(String.init)
        let bytes = values.map { Array($0.utf8) }
        switch isNegated ? sides[0].dropLast() : sides[0] {
        case "status": statuses = (isNegated, values.compactMap(Self.statuses))
        case "method": conditions.append(Condition(slot: .method, isNegated: isNegated, values: bytes))
        case "route": conditions.append(Condition(slot: .route, isNegated: isNegated, values: bytes))
        case "product": conditions.append(Condition(slot: .product, isNegated: isNegated, values: bytes))
        case "plan": conditions.append(Condition(slot: .plan, isNegated: isNegated, values: bytes))
        default: break
        }
    }

    /// `404`, or `2xx`.
    private static func statuses(_ text: String) -> ClosedRange<Int>? {
        if text.count == 3, text.hasSuffix("xx"), let hundreds = Int(text.prefix(1)) {
            return hundreds * 100...hundreds * 100 + 99
        }
        return Int(text).map { $0...$0 }
    }
}
