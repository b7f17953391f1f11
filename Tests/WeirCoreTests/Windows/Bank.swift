import WeirCore

/// A collector with so much of each grant, for tests of the limiter.
final class Bank {
    var left: [RecordID: Int64]
    /// What it gives beyond what is needed.
    var surplus: Int64 = 0
    private var granted: [RecordID: Int64] = [:]
    private var returned: [RecordID: Int64] = [:]
    var asked = 0
    /// Whether it can be reached.
    var isThere = true

    init(_ left: [UInt64: Int64]) {
        self.left = Dictionary(uniqueKeysWithValues: left.map { (SoldThings.id($0.key), $0.value) })
    }

    /// Answers everything that windows have to say, with no more than they need.
    func serve(_ harness: LimiterHarness) {
        var windows: [ExchangeQuestion.Window] = []
        harness.limiter.takeCreditCalls(atMost: 100, sweep: 100, now: harness.now.microseconds, into: &windows)
        guard isThere else { return harness.limiter.loseCollector() }
        for window in windows {
            asked += 1
            let back = window.call.returned - (returned[window.grant] ?? 0)
            returned[window.grant] = window.call.returned
            let available = (left[window.grant] ?? 0) + max(0, back)
            let amount =
                window.call.want > 0 && available >= window.call.need
                ? min(available, max(window.call.need, 1) + surplus) : 0
            left[window.grant] = available - amount
            granted[window.grant, default: 0] += amount
            let isEmpty = window.call.want > 0 && amount == 0
            harness.limiter.takeCredit(
                ExchangeAnswer.Window(
                    grant: window.grant,
                    reply: WindowReply(
                        granted: granted[window.grant] ?? 0, returned: window.call.returned, seconds: 60,
                        recall: false, standing: isEmpty ? .empty : .open, sentAt: window.call.sentAt)),
                now: harness.now.microseconds)
        }
        harness.limiter.unparkCredit()
    }
}
