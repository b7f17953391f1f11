/// A grant, and what is left of it.
package struct GrantBalance: Equatable, Sendable {
    package let grant: CreditGrant
    package let account: AccountBalance
    /// What agents have reported as used that no transfer has moved yet: windows are settled once an hour.
    package let unsettled: Int64

    /// What was not used yet, wherever it is.
    package var left: Int64 { account.settled - unsettled }
}
