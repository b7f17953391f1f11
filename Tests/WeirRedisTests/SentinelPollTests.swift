import Testing

import WeirRedis

/// What the answers of Sentinels come to.
@Suite struct SentinelPollTests {
    private let old = RedisAddress.tcp(host: "old", port: 1)
    private let new = RedisAddress.tcp(host: "new", port: 1)
    private let dead = SentinelPoll.Answer.failed(.timedOut)

    private func verdict(_ answers: SentinelPoll.Answer..., of sentinels: Int) -> SentinelPoll.Verdict? {
        var poll = SentinelPoll(name: "m", sentinels: sentinels)
        var verdict: SentinelPoll.Verdict?
        for (index, answer) in answers.enumerated() { verdict = verdict ?? poll.answered(index, answer) }
        return verdict
    }

    @Test func moreThanHalfSuffice() {
        #expect(verdict(.primary(new), .primary(new), of: 3) == .primary(new))
        #expect(verdict(.primary(new), of: 3) == nil)
        #expect(verdict(.primary(new), of: 1) == .primary(new))
        #expect(verdict(.primary(new), of: 2) == nil)
    }

    @Test func aSentinelThatIsCutOffIsOutvoted() {
        #expect(verdict(.primary(old), .primary(new), .primary(new), of: 3) == .primary(new))
    }

    @Test func whoAnswersCountsWhereMostAreDead() {
        #expect(verdict(dead, dead, .primary(new), of: 3) == .primary(new))
        #expect(verdict(.primary(old), .primary(new), of: 2) == .primary(old))
    }

    @Test func noneIsTold() {
        #expect(verdict(dead, dead, dead, of: 3) == SentinelPoll.Verdict.none(.timedOut))
        let unknown = SentinelPoll.Verdict.none(.unreachable(reason: "no Sentinel knows the name m"))
        #expect(verdict(dead, .unknownName, dead, of: 3) == unknown)
    }

    @Test func anAnswerCountsOnceAndTheVerdictComesOnce() {
        var poll = SentinelPoll(name: "m", sentinels: 3)
        #expect(poll.answered(0, .primary(old)) == nil)
        #expect(poll.answered(0, .primary(old)) == nil)
        #expect(poll.answered(7, .primary(old)) == nil)
        #expect(poll.answered(1, .primary(old)) == .primary(old))
        #expect(poll.answered(2, .primary(old)) == nil)
    }
}
