import Testing
import WeirBench

@Suite struct SamplesTests {
    @Test func theMedianIsTheMiddleOrTheMeanOfTheTwoInTheMiddle() {
        #expect(Samples([3, 1, 2]).median == 2)
        #expect(Samples([4, 1, 3, 2]).median == 2.5)
        #expect(Samples([7]).median == 7)
        #expect(Samples().median == 0)
    }

    @Test func ratiosPairTheRounds() {
        // The machine became three times as slow after the second round: the medians' ratio would say 2.
        let agent = Samples([90, 80, 30])
        let floor = Samples([100, 100, 33])
        #expect(agent.ratios(to: floor).values == [0.9, 0.8, 30.0 / 33])
        #expect(agent.ratios(to: floor).median == 0.9)
        #expect(Samples([1]).ratios(to: Samples([0])).values == [0])
    }

    @Test func percentilesAreTheHistogramsInMicroseconds() {
        var latencies = Latencies()
        #expect(latencies.microseconds(percentile: 99) == 0)
        for microsecond in 1...1_000 { latencies.record(Int64(microsecond) * 1_000) }
        #expect(latencies.count == 1_000)
        #expect(abs(latencies.microseconds(percentile: 50) - 500) < 1)
        #expect(abs(latencies.microseconds(percentile: 99) - 990) < 2)
        #expect(abs(latencies.microseconds(percentile: 100) - 1_000) < 2)
        latencies.record(.max)
        #expect(latencies.count == 1_001)
        #expect(abs(latencies.microseconds(percentile: 100) - 60e6) < 60e3)
    }
}
