/// One draw of the running check: what one meter counts of it, and what pays for that. Scratch, valid within one check.
package struct CreditDraw: BitwiseCopyable, Sendable {
    /// The window that pays; -1 where an invoice will.
    var place: Int32 = -1
    /// At what it is drawn, and what its cell says of it.
    var terms: Int32 = 0
    var tag: Int32 = 0
    /// Base units of its grant.
    var cost: Int64 = 0
    /// Base units of the window without which nothing is gained, with what earlier draws of the check take of it: of an estimate one is
    /// something.
    var need: Int64 = 0
    /// Units for its cell: what the meter counts.
    var units: UInt64 = 0
    var isWaiting = false
    /// Whether it goes beyond what the window has, as no collector is there.
    var isOverdraft = false
    /// Whether the report tells what it costs in the end.
    var needsReport = false
    /// The slot of the cell that counts it.
    var cell: UInt32 = 0

    /// Draws of one check: plans whose calls would need more are refused when they are published.
    package static let maximum = 4
}
