/// What the store says: the numbers of `Answer` in `Tests/Model/leases/ask.py`, and what it has counted.
struct ModelAnswer: Equatable {
    /// Of the lease: the first four are repeated for a call that is repeated.
    struct Grant: Equatable {
        var standing: Int64 = 0
        var granted: Int64 = 0
        var retry: Int64 = 0
        var life: Int64 = 0
    }

    var grant: Grant
    var level: Int64
    var outstanding: Int64
    var amount: Int64
    var recall: Bool
    /// A bucket's credit, or a window's used tokens.
    var count: Int64

    init(grant: Grant, level: Int64, outstanding: Int64, amount: Int64, recall: Bool, count: Int64) {
        self.grant = grant
        self.level = level
        self.outstanding = outstanding
        self.amount = amount
        self.recall = recall
        self.count = count
    }

    /// - Parameter words: of a history, after the arrow; nil when numbers are missing.
    init?(_ words: ArraySlice<Substring>) {
        let numbers = words.compactMap { Int64($0) }
        guard numbers.count == 9 else { return nil }
        self.init(
            grant: Grant(standing: numbers[0], granted: numbers[1], retry: numbers[2], life: numbers[3]),
            level: numbers[4], outstanding: numbers[5], amount: numbers[6], recall: numbers[7] == 1, count: numbers[8])
    }
}
