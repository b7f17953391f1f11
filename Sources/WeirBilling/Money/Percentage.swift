/// A share from 0 % to 100 %, exact to a ten-thousandth of a per cent.
package struct Percentage: Hashable, Sendable {
    package static let whole = 1_000_000

    /// From 0 to 1,000,000; 125,000 is 12.5 %.
    package let partsPerMillion: Int

    package init(partsPerMillion: Int) throws(BillingError) {
        guard (0...Self.whole).contains(partsPerMillion) else {
            throw BillingError(
                "percentage", expected: "0% to 100%", found: Self.text(partsPerMillion), advice: "use at most 100%")
        }
        self.partsPerMillion = partsPerMillion
    }

    private static let fractionDigits = 4

    /// A percentage as `12.5%`: at most four digits behind the point.
    package init(_ text: String) throws(BillingError) {
        guard text.utf8.last == UInt8(ascii: "%"),
            case .number(let parts) = FixedPoint.read(Substring(text.utf8.dropLast()), digits: Self.fractionDigits)
        else {
            throw BillingError(
                "percentage", expected: "digits, at most four more behind a point, and %",
                found: text.isEmpty ? "nothing" : BillingError.quoted(text), advice: "write it as 12.5%")
        }
        try self.init(partsPerMillion: Int(parts))
    }
}

extension Percentage: CustomStringConvertible {
    package var description: String { Self.text(partsPerMillion) }

    private static func text(_ partsPerMillion: Int) -> String {
        FixedPoint.write(Int64(partsPerMillion), digits: fractionDigits, least: 0) + "%"
    }
}
