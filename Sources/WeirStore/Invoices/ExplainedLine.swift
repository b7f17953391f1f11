package import WeirBilling

/// A line of an invoice, computed again from what is stored now.
package struct ExplainedLine: Equatable, Sendable {
    /// Units of one run of an agent in one hour.
    package struct Hour: Equatable, Sendable {
        package let start: Int64
        package let agent: String
        package let incarnation: String
        package let units: Int64
    }

    package let stored: StoredInvoice
    /// From 1.
    package let number: Int
    package let line: InvoiceLine
    /// For people, one step each.
    package let steps: [String]
    /// What it comes to when it is computed again.
    package let money: RoundedLine
    /// All that the contract has used of the meter, that is charged, or that grants paid.
    package let hours: [Hour]
    /// Units of the hours that are not the line's: on lines before it, come after it, or paid by nobody.
    package let before: Int64
    package let after: Int64
    package let forgiven: Int64
    /// Everything that does not agree; empty where all does.
    package let differences: [String]
}
