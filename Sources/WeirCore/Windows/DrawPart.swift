/// What one meter of a plan asks of each call of a subscription: which of them, and who pays, in the order of the sources.
struct DrawPart: BitwiseCopyable, Sendable {
    /// What is counted, in the table's terms.
    var terms: Int32
    /// Its sources among those of the account.
    var first: Int32
    var end: Int32
    /// What cells say of calls that are charged later; -1 where calls are denied when the sources are used up.
    var invoice: Int32
    /// Whether calls pass, and are not billed, while no collector is there.
    var isOpen: Bool
}
