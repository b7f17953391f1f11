extension Money: CustomStringConvertible {
    /// The amount as people write it, with at least the currency's digits and at most nine: `12.50 USD`, `-0.0005 USD`,
    /// `1500 JPY`.
    package var description: String { "\(figure) \(currency.code)" }

    /// The amount without its currency: `12.50`.
    package var figure: String { FixedPoint.write(nano, digits: Self.fractionDigits, least: currency.minorDigits) }

    private static let fractionDigits = 9

    /// An amount as `12.50 USD`: digits, at most nine more behind a point, a space, a code. No thousands separators, no exponent.
    package init(_ text: String) throws(BillingError) {
        let parts =
            text.utf8.count <= FixedPoint.longestText
            ? text.split(separator: " ", omittingEmptySubsequences: false) : []
        guard parts.count == 2 else { throw Self.unreadable(text) }
        try self.init(figure: String(parts[0]), Currency(String(parts[1])))
    }

    /// An amount without its currency, as `12.50`.
    package init(figure text: String, _ currency: Currency) throws(BillingError) {
        switch FixedPoint.read(text[...], digits: Self.fractionDigits) {
        case .number(let nano): self.init(nano: nano, currency)
        case .beyond: throw .tooLarge("amount", currency)
        case .unreadable: throw Self.unreadable(text)
        }
    }

    private static func unreadable(_ text: String) -> BillingError {
        BillingError(
            "amount",
            expected: "digits, a point where needed with one to nine digits behind it, a space and a currency",
            found: text.isEmpty ? "nothing" : BillingError.quoted(text), advice: "write it as 12.50 USD")
    }
}
