/// What the shared authority answers about one limit key.
package struct LeaseAnswer: Equatable, Sendable, BitwiseCopyable {
    /// What it says of the lease that the caller had.
    package enum Standing: Int64, Sendable, BitwiseCopyable {
        /// It was over: what the caller kept of it is void.
        case lost = 0
        case held = 1
        /// Nothing is granted, and nothing of before will count: the store may have forgotten something.
        case frozen = 2
        /// The store's clock is not in this window.
        case elsewhere = 3
        /// More agents hold the key than are counted.
        case full = 4
    }

    /// Numbers of an answer for each key.
    package static var count: Int { 8 }

    package var standing: Standing
    package var granted: Int64
    /// Microseconds after which to ask again, when nothing was granted.
    package var retry: Int64
    /// Microseconds that the lease lives.
    package var life: Int64
    /// Tokens that are left in the store, and that agents hold.
    package var level: Int64
    package var outstanding: Int64
    /// The amount in force.
    package var amount: Int64
    /// Whether others wait: what no check waits for is to be given back.
    package var isRecall: Bool

    package init(
        standing: Standing, granted: Int64, retry: Int64, life: Int64, level: Int64, outstanding: Int64, amount: Int64,
        isRecall: Bool
    ) {
        self.standing = standing
        self.granted = granted
        self.retry = retry
        self.life = life
        self.level = level
        self.outstanding = outstanding
        self.amount = amount
        self.isRecall = isRecall
    }

    /// Reads the numbers of one key; nil for what no script of this version answers.
    package init?(_ numbers: ArraySlice<Int64>) {
        guard numbers.count == Self.count, let standing = Standing(rawValue: numbers[numbers.startIndex]),
            numbers.dropFirst().allSatisfy({ (0..<LimitTerms.maximumProduct * 2).contains($0) })
        else { return nil }
        let rest = Array(numbers)
        self.init(
            standing: standing, granted: rest[1], retry: rest[2], life: rest[3], level: rest[4], outstanding: rest[5],
            amount: rest[6], isRecall: rest[7] == 1)
    }
}
