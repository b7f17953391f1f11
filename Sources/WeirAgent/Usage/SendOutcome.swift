/// What the collector made of a batch.
enum SendOutcome: Equatable, Sendable {
    /// It has every cell; and the number of the delivery that it knew before, where it says so.
    case accepted(known: UInt64?)
    /// It will never take this batch as it is (400): something in it is not what it expects.
    case refused(String)
    /// The batch is too large for it (413).
    case tooLarge
    /// The token is not one of its tokens (401, 403).
    case unauthorised
    /// It has too much to do (429, 503), and says for how long where it does.
    case busy(retryAfter: Duration?)
    /// No answer, or one that means nothing here.
    case failed(String)
}
