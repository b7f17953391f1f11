/// When usage is paid, which decides what prices may do.
package enum Settlement: Hashable, Sendable {
    /// From a balance, while it happens, and refused when the balance is used up. What has been charged never goes down, so volume tiers
    /// are refused: the balance would have been too low for calls that it turns out to pay for.
    case prepaid
    /// By an invoice, after the period. A step may be a credit.
    case arrears
}
