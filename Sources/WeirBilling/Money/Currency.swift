/// A currency of ISO 4217: its code, and how many digits its smallest coin or book unit has behind the point.
package struct Currency: Hashable, Sendable {
    /// Three capital letters, such as `USD`.
    package let code: String
    /// 0 for JPY, 2 for USD, 3 for KWD: invoice lines are rounded to it.
    package let minorDigits: Int

    /// The currency of a code. Codes without a minor unit of their own (gold, funds, tests) are no currencies here.
    package init(_ code: String) throws(BillingError) {
        guard let digits = Self.minorDigits[code] else {
            let capitals = code.utf8.count == 3 ? code.uppercased() : ""
            throw BillingError(
                "currency", expected: "an ISO 4217 code of three capital letters",
                found: code.isEmpty ? "nothing" : BillingError.quoted(code),
                advice: Self.minorDigits[capitals] == nil ? "write a code such as USD" : "write \(capitals)")
        }
        self.code = code
        minorDigits = digits
    }

    /// The smallest amount that an invoice line can differ by, in nano-units: 10,000,000 for USD.
    package var nanosPerMinorUnit: Int64 {
        var nanos = Money.nanosPerUnit
        for _ in 0..<minorDigits { nanos /= 10 }
        return nanos
    }
}

extension Currency: CustomStringConvertible {
    package var description: String { code }
}
