/// The first line of a policy document: what it is a change of.
package struct PolicyDocumentHeader: Equatable, Sendable {
    /// The version that the document changes; 0 where it is the whole.
    package var from: Int64
    /// The version that it leads to, at least 1.
    package var to: Int64

    package init(from: Int64, to: Int64) {
        self.from = from
        self.to = to
    }

    package var isWhole: Bool { from == 0 }
}
