/// Names one statement of a compiled policy: a limit, a `deny`, or nothing.
package enum StatementIndex: Hashable, Sendable, BitwiseCopyable {
    case none
    case limit(UInt16)
    case deny(UInt16)
}
