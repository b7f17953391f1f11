/// What an authority says when tokens are wanted.
package enum Tenure: Equatable, Sendable, BitwiseCopyable {
    /// The tokens are in hand; they are spent, or stay in hand for the next check.
    case held
    /// There are not enough; in so many microseconds there can be.
    case refused(microseconds: Int64)
    /// There never will be: more than the capacity.
    case never
    /// The shared store has to be asked first.
    case waits
}
