/// The number of an invoice: a series and a place in it, without gaps. `ACME-000042`.
package struct InvoiceNumber: Hashable, Sendable, Comparable {
    package let series: String
    /// From 1.
    package let sequence: Int64

    package init(series: String, sequence: Int64) throws(BillingError) {
        let isRight = series.utf8.allSatisfy { byte in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "-")
        }
        guard (1...20).contains(series.utf8.count), isRight, series.utf8.first != UInt8(ascii: "-") else {
            throw BillingError(
                "invoice.series", expected: "1 to 20 capital letters, digits and inner \"-\"",
                found: CatalogueText.found(series),
                advice: "write a series such as ACME-2026")
        }
        self.series = series
        self.sequence = try CatalogueText.number(
            sequence, 1...Int64.max, "invoice.sequence", advice: "count the invoices of a series from 1")
    }

    /// Reads what `description` writes.
    package init(_ text: String) throws(BillingError) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count > 1, let digits = parts.last, let sequence = Int64(digits) else {
            throw BillingError(
                "invoice", expected: "the number of an invoice such as ACME-000042", found: CatalogueText.found(text),
                advice: "list the invoices to see their numbers")
        }
        try self.init(series: parts.dropLast().joined(separator: "-"), sequence: sequence)
    }

    /// The one after it.
    package func next() throws(BillingError) -> InvoiceNumber {
        let (next, overflow) = sequence.addingReportingOverflow(1)
        return try InvoiceNumber(series: series, sequence: overflow ? 0 : next)
    }

    package static func < (left: InvoiceNumber, right: InvoiceNumber) -> Bool {
        (left.series, left.sequence) < (right.series, right.sequence)
    }
}

extension InvoiceNumber: CustomStringConvertible {
    package var description: String {
        let digits = String(sequence)
        return "\(series)-\(String(repeating: "0", count: max(0, 6 - digits.utf8.count)))\(digits)"
    }
}
