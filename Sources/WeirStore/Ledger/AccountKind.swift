/// What an account is for. A grant's account is owned by the grant, as is what is receivable of it; the others exist once per ledger and
/// consumer, so that two consumers' transfers never wait for each other.
package enum AccountKind: String, CaseIterable, Sendable {
    /// What a consumer may spend.
    case grant
    /// The outside world, where money comes from.
    case cash
    /// Where units come from that are sold or given.
    case issue
    /// What was used, and paid.
    case earned
    /// Billed, and not paid yet.
    case receivable
    /// Bought, and not used in time.
    case expired
    /// Used, and nobody pays: reported after its window had been given up.
    case shrink
    /// Corrections.
    case adjust
}
