/// The first row that breaks an invariant.
package struct FsckFinding: Equatable, Sendable, CustomStringConvertible {
    /// The invariant: `L1-balanced`.
    package let check: String
    /// What ought to hold.
    package let claim: String
    /// The row: a table and its key.
    package let row: String
    /// What was found there.
    package let values: [Value]

    package struct Value: Equatable, Sendable {
        package let name: String
        package let value: String
    }

    package var description: String {
        "\(check): \(row): \(claim); found \(values.map { "\($0.name) \($0.value)" }.joined(separator: ", "))"
    }
}
