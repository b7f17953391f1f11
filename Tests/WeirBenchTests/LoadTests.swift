import Glibc
import Testing
import WeirBench
import WeirTestSupport

/// The loads against servers in this process.
@Suite struct LoadTests {
    @Test func requestsAreDueEvenlyWhateverBecameOfThoseBefore() {
        let schedule = SendSchedule(start: 5_000_000_000, rate: 20_000)
        #expect(schedule.due(0) == 5_000_000_000)
        #expect(schedule.due(1) == 5_000_050_000)
        #expect(schedule.due(20_000) == 6_000_000_000)
        // A day at full rate, to the microsecond.
        #expect(abs(schedule.due(1_728_000_000) - (5_000_000_000 + 86_400_000_000_000)) < 1_000)
        let uneven = SendSchedule(start: 0, rate: 3)
        #expect((0...3).map { uneven.due($0) } == [0, 333_333_333, 666_666_666, 1_000_000_000])
    }

    @Test func aClosedLoopKeepsItsShapeAndCountsRefusals() throws {
        let directory = try TemporaryDirectory()
        let server = try AnsweringServer(directory.file("s"), answers: { index in index % 4 == 3 ? "429" : "200" })
        defer { server.stop() }
        let loop = ClosedLoop(.unix(directory.file("s")), .questions, LoadShape(connections: 3, inFlight: 1))
        let result = try loop.run(LoadSpan(warmUp: 0, seconds: 0.2), server: getpid())
        #expect(server.mostUnanswered <= 3)
        #expect(result.answers > 0)
        #expect(result.refusals > 0 && result.refusals < result.answers)
        #expect(result.latencies.count == result.answers)
        #expect((result.serverNanoseconds ?? 0) > 0)
        #expect(result.perSecond > 0)
    }

    @Test func aStallIsChargedToEveryRequestThatWasDueMeanwhile() throws {
        let directory = try TemporaryDirectory()
        // Holds every answer until 200 requests are there: at 1,000/s, the first one waits for 199 ms.
        let server = try AnsweringServer(directory.file("s"), heldBack: 200, answers: { _ in "200" })
        defer { server.stop() }
        let stream = OpenLoop.Stream(.questions, LoadShape(connections: 1, inFlight: 512), rate: 1_000)
        let result = try OpenLoop(.unix(directory.file("s")), stream).run(LoadSpan(warmUp: 0, seconds: 0.4))
        #expect(server.mostUnanswered >= 200)
        #expect(result.unanswered == 0)
        // Of the first 200, half were due more than 99 ms before they were answered.
        #expect(result.latencies.microseconds(percentile: 100) >= 190_000)
        #expect(result.latencies.microseconds(percentile: 80) >= 90_000)
    }

    @Test func whatHasNoRoomIsMeasuredFromWhenItWasDue() throws {
        let directory = try TemporaryDirectory()
        // Two connections of one request each, and a server that waits for a third: nothing is answered in time.
        let server = try AnsweringServer(directory.file("s"), heldBack: 3, answers: { _ in "200" })
        defer { server.stop() }
        let stream = OpenLoop.Stream(.questions, LoadShape(connections: 2, inFlight: 1), rate: 1_000)
        let result = try OpenLoop(.unix(directory.file("s")), stream).run(LoadSpan(warmUp: 0, seconds: 0.2))
        #expect(server.mostUnanswered == 2)
        #expect(result.answers == 0)
        #expect(result.unanswered >= 190)
        #expect(result.latencies.count == result.unanswered)
        #expect(result.latencies.microseconds(percentile: 100) >= 1_000_000)
    }

    @Test func aServerThatGoesAwayIsSaid() throws {
        let directory = try TemporaryDirectory()
        let loop = ClosedLoop(.unix(directory.file("none")), .checks, LoadShape(connections: 1, inFlight: 1))
        #expect(throws: BenchFailure("cannot connect to \(directory.file("none")): No such file or directory")) {
            try loop.run(LoadSpan(warmUp: 0, seconds: 1))
        }
        let server = try AnsweringServer(directory.file("s"), closesAfter: 10, answers: { _ in "200" })
        defer { server.stop() }
        let cut = ClosedLoop(.unix(directory.file("s")), .questions, LoadShape(connections: 1, inFlight: 1))
        #expect(throws: BenchFailure.self) { try cut.run(LoadSpan(warmUp: 0, seconds: 5)) }
        #expect(server.mostUnanswered == 1)
    }
}
