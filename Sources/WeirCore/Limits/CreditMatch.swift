/// Who pays for the running check; scratch, valid within one check.
struct CreditMatch: BitwiseCopyable, Sendable {
    enum Tenure: UInt8, BitwiseCopyable, Sendable {
        /// Nobody has to pay: no contract, one that asks for nothing, or a call that is not billed.
        case free
        /// A window has room.
        case held
        /// A collector has to be asked first.
        case waits
        /// Everything that was bought is used up.
        case used
        /// No collector has answered in time, or there is no room for another window.
        case late
    }

    var tenure = Tenure.free
    /// The window that pays; -1 for none.
    var place = -1
    /// Base units of its grant.
    var cost: Int64 = 0
    /// Base units without which nothing is gained: of an estimate one is something.
    var need: Int64 = 0
    /// Units for the cell: what the grant's meter counts.
    var units: UInt64 = 0
    /// Whether the report tells what it costs in the end.
    var needsReport = false

    var isRefused: Bool { tenure == .used || tenure == .late }
    var isHeld: Bool { tenure == .held }
}
