package import WeirBilling

/// What a ledger counts: `USD/9` for nano-units of a currency, `calls:search` for what a meter counts. Transfers never cross ledgers.
package enum LedgerUnit: Hashable, Sendable {
    /// What of a call a meter counts.
    package enum Dimension: String, CaseIterable, Sendable {
        case calls, units
        case bytesIn = "bytes_in"
        case bytesOut = "bytes_out"
    }

    case money(Currency)
    /// A meter by its code: a letter, then letters, digits, `.`, `_` or `-`, at most 63.
    case meter(Dimension, code: String)

    package static let maximumCode = 63

    /// Reads what `name` writes.
    ///
    /// - Throws: a refusal that names the field.
    package init(_ name: String, field: String = "unit") throws(StoreError) {
        if name.hasSuffix("/9") {
            do throws(BillingError) {
                self = .money(try Currency(String(name.dropLast(2))))
                return
            } catch {
                throw .refused(.invalid, field, "expected \(error.expected), found \(error.found); \(error.advice)")
            }
        }
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let dimension = Dimension(rawValue: parts[0]), Self.isCode(parts[1]) else {
            throw .refused(
                .invalid, field,
                "expected a ledger such as USD/9 or calls:METER (calls, units, bytes_in, bytes_out), found "
                    + LedgerText.quoted(name))
        }
        self = .meter(dimension, code: parts[1])
    }

    package var name: String {
        switch self {
        case .money(let currency): "\(currency.code)/9"
        case .meter(let dimension, let code): "\(dimension.rawValue):\(code)"
        }
    }

    package var currency: Currency? {
        if case .money(let currency) = self { currency } else { nil }
    }

    private static func isCode(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) && byte < 0x80 }
        guard (1...maximumCode).contains(bytes.count), isLetter(bytes[0]) else { return false }
        return bytes.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || "._-".utf8.contains($0) }
    }
}

extension LedgerUnit: CustomStringConvertible {
    package var description: String { name }
}
