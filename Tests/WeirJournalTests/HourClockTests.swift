import Testing
import WeirJournal

@Suite struct HourClockTests {
    private let start: Int64 = 480_000 * 3_600_000_000
    private let second: Int64 = 1_000_000

    /// A machine may start with a clock that is years ahead.
    @Test func nothingIsClosedInTheFirstTenMinutes() {
        var clock = HourClock(deadline: 600 * second)
        #expect(open(&clock, wall: start, monotonic: 0) == nil)
        #expect(open(&clock, wall: start + 599 * second, monotonic: 599 * second) == nil)
        #expect(open(&clock, wall: start + 600 * second, monotonic: 600 * second) == 480_000)
    }

    @Test func anHourIsOpenUntilTheDeadlineBehindItsEnd() {
        var clock = HourClock(deadline: 600 * second)
        _ = clock.tick(wall: start - 3_600 * second, monotonic: 0)
        #expect(open(&clock, wall: start + 599 * second, monotonic: 4_199 * second) == 479_999)
        #expect(open(&clock, wall: start + 600 * second, monotonic: 4_200 * second) == 480_000)
    }

    @Test func aStepForwardClosesNothingUntilTheClockHasRunOn() {
        var clock = HourClock(deadline: 600 * second)
        _ = clock.tick(wall: start, monotonic: 0)
        let jump = 10 * 365 * 86_400 * second
        let (hour, step) = clock.tick(wall: start + jump, monotonic: second)
        #expect(hour == nil)
        #expect(step == jump / second - 1)
        // Taken back: nothing was closed, and nothing is for ten minutes.
        #expect(open(&clock, wall: start + 2 * second, monotonic: 2 * second) == nil)
        #expect(open(&clock, wall: start + 601 * second, monotonic: 601 * second) == nil)
        #expect(open(&clock, wall: start + 602 * second, monotonic: 602 * second) == 480_000)
    }

    @Test func slewingIsNoStep() {
        var clock = HourClock(deadline: 600 * second)
        _ = clock.tick(wall: start, monotonic: 0)
        #expect(clock.tick(wall: start + 30 * second, monotonic: second).stepSeconds == nil)
    }

    private func open(_ clock: inout HourClock, wall: Int64, monotonic: Int64) -> UInt32? {
        clock.tick(wall: wall, monotonic: monotonic).openHour
    }
}
