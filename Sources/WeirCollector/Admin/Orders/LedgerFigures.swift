import WeirBilling
import WeirStore

/// Amounts of ledgers on the wire: decimals in text, money as such, units as whole numbers.
enum LedgerFigures {
    private static let moneySuffix = "/9"

    /// `calls`, or `money:USD`.
    static func unit(_ ledger: String) -> String {
        if ledger.hasSuffix(moneySuffix) { return "money:\(ledger.dropLast(moneySuffix.count))" }
        return ledger.split(separator: ":", maxSplits: 1).last.map(String.init) ?? ledger
    }

    static func amount(_ amount: Int64, _ ledger: String) -> JSONValue {
        guard ledger.hasSuffix(moneySuffix) else { return .text("\(amount)") }
        return .amount(amount, String(ledger.dropLast(moneySuffix.count)))
    }
}
