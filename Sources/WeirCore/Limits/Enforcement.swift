/// Whether denials are meant: `WEIR_ENFORCE`.
package enum Enforcement: String, CaseIterable, Sendable {
    /// Limits hold.
    case on
    /// Limits count, answers tell what they would have said, and every request passes.
    case shadow
    /// Limits are not looked at; usage is counted all the same.
    case off
}
