/// One thing that is wrong with an amount, a price or a fee: the field, what was expected, and what to do.
package struct BillingError: Error, Equatable, Sendable {
    /// The field, as a path: `price.tiers[1].upTo`.
    package let field: String
    /// What was expected, as the rest of "expected …".
    package let expected: String
    /// What there was instead, as the rest of "found …"; texts from outside are quoted and cut.
    package let found: String
    /// What to do about it, in the imperative.
    package let advice: String

    package init(_ field: String, expected: String, found: String, advice: String) {
        self.field = field
        self.expected = expected
        self.found = found
        self.advice = advice
    }

    /// The same error, of a field that lies within another one.
    package func within(_ outer: String) -> BillingError {
        BillingError("\(outer).\(field)", expected: expected, found: found, advice: advice)
    }

    /// A text from outside, fit for an error: quoted, controls escaped, cut.
    static func quoted(_ text: String) -> String {
        let longest = 40
        let head = String(text.unicodeScalars.prefix(longest).map(Character.init))
        return head.debugDescription + (text.unicodeScalars.dropFirst(longest).isEmpty ? "" : "…")
    }
}

extension BillingError: CustomStringConvertible {
    package var description: String { "\(field): expected \(expected), found \(found); \(advice)" }
}

extension BillingError {
    /// An amount that does not fit int64 nano-units.
    static func tooLarge(_ field: String, _ currency: Currency) -> BillingError {
        let (least, most) = (Money(nano: .min, currency), Money(nano: .max, currency))
        return BillingError(
            field, expected: "an amount from \(least) to \(most)", found: "one beyond",
            advice: "use smaller amounts or units")
    }

    /// Two currencies where there must be one.
    static func mixed(_ field: String, expected: Currency, found: Currency) -> BillingError {
        BillingError(
            field, expected: "an amount in \(expected.code)", found: "one in \(found.code)",
            advice: "use one currency; Weir does not convert")
    }
}
