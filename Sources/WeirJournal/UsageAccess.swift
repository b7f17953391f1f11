package import WeirCore

/// Lends the hot table, with the lock that guards it: the journal runs on a thread of its own.
package protocol UsageAccess: Sendable {
    func withUsage<Result: Sendable>(_ body: (inout UsageTable) -> Result) -> Result
}
