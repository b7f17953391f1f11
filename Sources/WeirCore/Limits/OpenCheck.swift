/// A check whose request is not over, as far as the agent knows, and what it holds.
struct OpenCheck: BitwiseCopyable, Sendable {
    /// Of its ticket; 0 where the place is free.
    var serial: UInt32 = 0
    /// The connection that it came over, plus 1; 0 where that says nothing of the request.
    var owner: UInt32 = 0
    /// Its neighbours among the checks of the same connection, plus 1; 0 at the ends.
    var before: UInt32 = 0
    var behind: UInt32 = 0
    /// The first of its charges, plus 1.
    var charges: UInt32 = 0
    /// The earliest deadline of its charges.
    var deadline: Int64 = .max
}
