/// A grant, and what is left of it.
package struct GrantBalance: Equatable, Sendable {
    package let grant: CreditGrant
    package let account: AccountBalance
}
