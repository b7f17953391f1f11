import WeirCore

/// A shared store in the hands of a test: it sees what the limiter asks, and answers what the test says.
final class SharedStoreHarness {
    let harness: LimiterHarness
    /// Requests that have no answer yet, in their order.
    private(set) var requests: [LeaseRequest] = []
    private var operations: Int64 = 0

    init(_ harness: LimiterHarness) {
        self.harness = harness
        // The store is there: each tag has been answered once.
        for tag in 0..<LeaseEntry.tags { head(tag) }
    }

    private var epoch: Int64 = 1

    /// The store has forgotten everything, and freezes for so many microseconds.
    func forgets(thaw: Int64) {
        epoch += 1
        operations = 0
        says(thaw: thaw)
    }

    private func head(_ tag: Int, thaw: Int64 = 0, fleet: Int64 = 1) {
        operations += 1
        let now = harness.now.microseconds
        let numbers = [epoch, operations, fleet, 1_000_000 + now, thaw]
        _ = harness.limiter.shared.take(head: numbers[...], tag: tag, sentAt: now, roundTrip: 500, now: now)
    }

    /// All tags are frozen for so many microseconds, and the fleet is so large.
    func says(thaw: Int64 = 0, fleet: Int64 = 1) {
        for tag in 0..<LeaseEntry.tags { head(tag, thaw: thaw, fleet: fleet) }
    }

    /// What the limiter asks now; those without an answer are among `requests` until they have one.
    @discardableResult
    func collect() -> [LeaseRequest] {
        var found: [LeaseRequest] = []
        harness.limiter.shared.takeUrgent(harness.limiter.shared.listedCount, now: harness.now, into: &found)
        while harness.limiter.shared.sweep(64, now: harness.now, into: &found) {}
        requests += found
        return found
    }

    /// Answers the oldest request, and lets those that wait be asked again.
    func answer(
        _ standing: LeaseAnswer.Standing = .held, granted: Int64 = 0, retry: Int64 = 0, life: Int64 = 1_000_000,
        level: Int64 = 0, isRecall: Bool = false
    ) {
        let request = requests.removeFirst()
        head(request.tag)
        harness.limiter.take(
            LeaseAnswer(
                standing: standing, granted: granted, retry: retry, life: life, level: level, outstanding: granted,
                amount: request.ask.amount, isRecall: isRecall),
            to: request, now: harness.now.microseconds)
        harness.limiter.shared.unparkAll()
    }

    /// Grants what is needed to whoever asks now.
    func grantAll() {
        collect()
        while let request = requests.first { answer(.held, granted: max(request.ask.need, request.ask.ahead)) }
    }

    /// Forgets the requests: their answers are lost.
    func loseAll() { requests = [] }
}
