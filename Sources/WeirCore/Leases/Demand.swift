/// Tokens that checks ask for, of late: a sum in which each fades over a tenth of a second.
package struct Demand: Equatable, Sendable, BitwiseCopyable {
    /// Microseconds over which a token fades.
    private static var fading: Int64 { 100_000 }
    /// Parts of a token that are counted.
    private static var parts: Int64 { 1_024 }
    /// Tokens beyond which it makes no difference.
    private static var maximum: Int64 { 1 << 32 }

    private var sum: Int64 = 0
    /// When the last was asked for.
    private(set) var at: Int64 = 0

    package init() {}

    private func remaining(_ now: Int64) -> Int64 {
        let left = max(0, Self.fading &- (now &- at))
        return sum / Self.fading &* left &+ sum % Self.fading &* left / Self.fading
    }

    /// Notes a check of so many tokens.
    package mutating func add(_ tokens: Int64, now: Int64) {
        sum = min(remaining(now) &+ min(tokens, Self.maximum) &* Self.parts, Self.maximum &* Self.parts)
        at = now
    }

    /// Notes a check that asks for so many and takes none: however many come, they want no more.
    package mutating func keep(_ tokens: Int64, now: Int64) {
        sum = max(remaining(now), min(tokens, Self.maximum) &* Self.parts)
        at = now
    }

    /// Tokens that will be asked for in `span` microseconds, if it goes on like this.
    package func tokens(in span: Int64, now: Int64) -> Int64 {
        let (high, low) = remaining(now).multipliedFullWidth(by: span)
        return Int64(clamping: (Self.fading &* Self.parts).dividingFullWidth((high, low)).quotient)
    }

    /// Whether nothing was asked for of late.
    package func isIdle(_ now: Int64) -> Bool { remaining(now) == 0 }
}
