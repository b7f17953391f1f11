/// What a meter counts.
package enum MeterDimension: String, CaseIterable, Hashable, Sendable {
    case calls
    case bytesIn = "bytes_in"
    case bytesOut = "bytes_out"
    /// What requests cost: their own cost × the weight of their route.
    case units

    package init(_ text: String) throws(BillingError) {
        guard let dimension = Self(rawValue: text) else {
            let names = Self.allCases.map(\.rawValue)
            throw BillingError(
                "dimension", expected: "calls, bytes_in, bytes_out or units", found: CatalogueText.found(text),
                advice: "try \(NearestWord.of(text, among: names) ?? "calls")")
        }
        self = dimension
    }

    package var isBytes: Bool { self == .bytesIn || self == .bytesOut }
}
