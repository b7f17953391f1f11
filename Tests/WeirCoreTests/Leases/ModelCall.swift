import WeirCore

/// One call of the model's histories: who, when, and the numbers of `Ask` in `Tests/Model/leases/ask.py`.
struct ModelCall {
    let now: Int64
    let agent: String
    let sequence: Int64
    let amount: Int64
    let numerator: Int64
    let per: Int64
    let version: Int64
    let spent: Int64
    let age: Int64
    let back: Int64
    let extra: Int64
    let need: Int64
    let first: Int64
    let ahead: Int64
    let ttl: Int64
    let sharePercent: Int64

    /// - Parameter words: a line of the history, from `call` on; nil when numbers are missing.
    init?(_ words: [Substring]) {
        guard words.count > 16 else { return nil }
        let numbers = words.map { Int64($0) ?? -1 }
        (now, agent, sequence) = (numbers[1], String(words[2]), numbers[3])
        (amount, numerator, per, version) = (numbers[4], numbers[5], numbers[6], numbers[7])
        (spent, age, back, extra) = (numbers[8], numbers[9], numbers[10], numbers[11])
        (need, first, ahead) = (numbers[12], numbers[13], numbers[14])
        (ttl, sharePercent) = (numbers[15], numbers[16])
    }

    /// A call as an agent makes it.
    init(_ ask: LeaseAsk, now: Int64, agent: String) {
        (self.now, self.agent, sequence) = (now, agent, ask.sequence)
        (amount, numerator, per, version) = (ask.amount, ask.numerator, ask.per, ask.version)
        (spent, age, back, extra) = (ask.spent, ask.age, ask.back, ask.extra)
        (need, first, ahead) = (ask.need, ask.first, ask.ahead)
        (ttl, sharePercent) = (ask.life, ask.sharePercent)
    }

    /// The start and the end of a window.
    var window: Range<Int64> { numerator..<per }
}
