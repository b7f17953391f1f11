import Testing
import WeirCore

@Suite struct LeaseBucketTests {
    private let terms = LimitTerms(capacity: 400, tokens: 200, microseconds: 1_000_000)

    /// The macros of the test library cannot call what mutates.
    private func take(_ tokens: Int64, _ bucket: inout LeaseBucket, _ terms: LimitTerms) -> Bool {
        bucket.take(tokens, terms)
    }

    @Test func numbersAreReducedAndRefillsAreExact() throws {
        let terms = try #require(terms)
        #expect(terms.numerator == 1)
        #expect(terms.per == 5_000)
        #expect(terms.microsecondsToFull == 2_000_000)
        #expect(terms.windowSeconds == 2)
        var bucket = LeaseBucket(full: terms, at: 0)
        #expect(take(400, &bucket, terms) == true)
        #expect(take(1, &bucket, terms) == false)
        #expect(bucket.wait(for: 1, terms) == 5_000)
        bucket.refill(until: 4_999, outstanding: 0, terms)
        #expect(take(1, &bucket, terms) == false)
        bucket.refill(until: 5_000, outstanding: 0, terms)
        #expect(take(1, &bucket, terms) == true)
    }

    @Test func aRefillStopsAtTheCapacityLessWhatIsLeased() throws {
        let terms = try #require(terms)
        var bucket = LeaseBucket(credit: 0, at: 0)
        bucket.refill(until: .max / 2, outstanding: 150, terms)
        #expect(bucket.level(terms) == 250)
    }

    @Test func timeThatGoesBackRefillsNothing() throws {
        let terms = try #require(terms)
        var bucket = LeaseBucket(credit: 0, at: 1_000)
        bucket.refill(until: 10, outstanding: 0, terms)
        #expect(bucket == LeaseBucket(credit: 0, at: 1_000))
    }

    @Test func numbersWhoseProductsWouldNotBeExactAreRefused() {
        #expect(LimitTerms(capacity: 1 << 40, tokens: 1, microseconds: 1 << 12) == nil)
        #expect(LimitTerms(capacity: 1 << 40, tokens: 1, microseconds: (1 << 12) - 1) != nil)
        #expect(LimitTerms(capacity: .max, tokens: .max, microseconds: .max) == nil)
        #expect(LimitTerms(capacity: 0, tokens: 1, microseconds: 1) == nil)
        #expect(LimitTerms(capacity: 1, tokens: 0, microseconds: 1) == nil)
    }
}
