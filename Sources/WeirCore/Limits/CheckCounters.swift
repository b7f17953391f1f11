/// Decisions since the agent's start; peeks are not counted.
package struct CheckCounters: Equatable, Sendable, BitwiseCopyable {
    package var allowed: UInt64 = 0
    package var denied: UInt64 = 0

    package init() {}
}
