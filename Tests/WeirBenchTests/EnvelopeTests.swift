import Testing
import WeirCore

import WeirBench

/// The judge of a proof, on histories whose verdict is known.
@Suite struct EnvelopeTests {
    /// Ten, and one a second.
    private let bound = Bound.bucket(terms(capacity: 10, tokens: 1, microseconds: 1_000_000))

    private static func terms(capacity: Int64, tokens: Int64, microseconds: Int64) -> LimitTerms {
        guard let terms = LimitTerms(capacity: capacity, tokens: tokens, microseconds: microseconds) else {
            preconditionFailure("sound amounts")
        }
        return terms
    }

    private func records(_ spendings: [(seconds: Double, tokens: Int64)], key: UInt64 = 1) -> [AdmissionRecord] {
        spendings.map { AdmissionRecord(key: key, microseconds: Int64($0.seconds * 1e6), tokens: $0.tokens) }
    }

    @Test func exactlyTheBurstAndWhatTimeMakesIsWithinTheBound() {
        #expect(bound.tokensOver(records([(5, 10), (6, 1), (7, 1), (20, 10)])) == 0)
        #expect(bound.tokensOver([]) == 0)
    }

    @Test func oneTokenOverTheBoundIsCaught() {
        #expect(bound.tokensOver(records([(5, 10), (6, 1), (7, 2)])) == 1)
        #expect(bound.tokensOver(records([(5, 11)])) == 1)
        // A millionth of a token over is over.
        #expect(bound.tokensOver(records([(5, 10), (5.999_999, 1)])) == 1)
    }

    @Test func anExcessInTheMiddleIsCaughtWhateverIsAroundIt() {
        var spendings = (0..<100).map { (seconds: Double($0) * 10, tokens: Int64(1)) }
        spendings.insert((505, 14), at: 51)
        #expect(bound.tokensOver(records(spendings)) == 4)
    }

    @Test func aWindowHoldsItsAmountAndNoMore() {
        #expect(Bound.window(5).tokensOver(records([(1, 3), (900, 2)])) == 0)
        #expect(Bound.window(5).tokensOver(records([(1, 3), (900, 3)])) == 1)
    }

    @Test func logsOfSeveralAgentsAreJudgedTogether() {
        let one = records([(5, 6), (7, 1)])
        let log = MergedLog([(one, 0), (records([(5.5, 6)]), 0), (records([(5, 10)], key: 2), 0)])
        #expect(log.tokens == 23 && log.keys.count == 2 && log.lost == 0)
        #expect(bound.tokensOver(one) == 0)
        // 6 + 6 in half a second, of 10 and a half.
        #expect(log.tokensOver(bound) == 2)
        #expect(log.since(6_000_000).tokensOver(bound) == 0)
        #expect(MergedLog([(one, 3)]).lost == 3)
    }

    @Test func theJudgeFindsWhatTryingEveryIntervalFinds() {
        var chance = Chance(seed: 7)
        let terms = Self.terms(capacity: 4, tokens: 3, microseconds: 1_000)
        for _ in 0..<200 {
            var time: Int64 = 0
            let records = (0..<20).map { _ in
                time += Int64(chance.next() % 1_500)
                return AdmissionRecord(key: 1, microseconds: time, tokens: Int64(chance.next() % 3))
            }
            var worst = Int128.min
            for first in records.indices {
                var sum: Int128 = 0
                for last in first..<records.count {
                    sum += Int128(records[last].tokens)
                    let span = Int128(records[last].microseconds - records[first].microseconds)
                    worst = max(worst, (sum - 4) * Int128(terms.per) - span * Int128(terms.numerator))
                }
            }
            #expect(Envelope(terms).worstExcess(records) == worst)
        }
    }

    @Test func theCentralBucketAdmitsWhatOneBucketWould() {
        var central = CentralBucket(bound)
        for number in 0..<30 { central.ask(1, of: 1, at: Int64(number) * 100_000) }
        // Ten at once, and two that time makes in 2.9 seconds.
        #expect(central.admitted == 12)
        central.ask(11, of: 2, at: 3_000_000)
        #expect(central.admitted == 12)
        central.ask(10, of: 2, at: 3_000_000)
        #expect(central.admitted == 22)
        var window = CentralBucket(.window(3))
        for _ in 0..<5 { window.ask(2, of: 1, at: 0) }
        window.ask(1, of: 1, at: 0)
        #expect(window.admitted == 3)
    }

    @Test func theCentralBucketCountsOnWhenItsAmountIsLowered() {
        var central = CentralBucket(bound)
        central.ask(4, of: 1, at: 0)
        central.change(to: .bucket(Self.terms(capacity: 5, tokens: 1, microseconds: 2_000_000)), at: 0)
        central.ask(2, of: 1, at: 0)
        #expect(central.admitted == 4, "one is left")
        central.ask(2, of: 1, at: 2_000_000)
        #expect(central.admitted == 6)
    }
}
