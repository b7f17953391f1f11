/// The first line of a policy document: what it is a change of.
package struct PolicyDocumentHeader: Equatable, Sendable {
    /// The version that the document changes; 0 where it is the whole.
    package var from: Int64
    /// The version that it leads to, at least 1.
    package var to: Int64
    /// The epoch of the collector's database in which it leads there, which the next question repeats; empty where it has none.
    package var epoch: String

    package init(from: Int64, to: Int64, epoch: String = "") {
        self.from = from
        self.to = to
        self.epoch = epoch
    }

    package var isWhole: Bool { from == 0 }
}
