/// Who pays for the running check, all its draws together; scratch, valid within one check. The draws themselves are in the window table.
struct CreditMatch: BitwiseCopyable, Sendable {
    enum Tenure: UInt8, BitwiseCopyable, Sendable {
        /// Nobody has to pay: no contract, one that asks for nothing, or a call that is not billed.
        case free
        /// All windows have room.
        case held
        /// A collector has to be asked first.
        case waits
        /// Everything that was bought of one meter is used up.
        case used
        /// No collector has answered in time, or there is no room for another window.
        case late
    }

    var tenure = Tenure.free
    /// Draws, of which the first one's cell is the call's own.
    var count = 0
    /// Units for the call's cell: what the first draw's meter counts.
    var units: UInt64 = 0
    /// How many of the draws the report tells the cost of.
    var reserves = 0
    /// Whether something passes only because no collector is there.
    var isAlone = false
    /// Whether something passes that is not billed.
    var isUnpaid = false

    var isRefused: Bool { tenure == .used || tenure == .late }
    var isHeld: Bool { tenure == .held }
}
