/// What becomes of a counter when its limit gets other numbers: `on change …`.
package enum ChangePolicy: String, CaseIterable, Sendable, BitwiseCopyable {
    /// What was used stays used.
    case keep
    /// It begins anew.
    case reset
    /// The same share of it stays used.
    case proportional
}
