import Testing
import WeirCore

@Suite struct CreditWindowTests {
    private static let second: Int64 = 1_000_000

    /// A window that was granted so much at time 0, for a minute.
    private func open(_ granted: Int64, seconds: Int64 = 60) -> WindowUnderTest {
        let window = WindowUnderTest()
        window.take(reply(granted, seconds: seconds), now: 0)
        return window
    }

    private func reply(
        _ granted: Int64, returned: Int64 = 0, seconds: Int64 = 60, recall: Bool = false,
        _ standing: CreditWindow.Standing = .open, sentAt: Int64 = 0
    ) -> WindowReply {
        WindowReply(
            granted: granted, returned: returned, seconds: seconds, recall: recall, standing: standing, sentAt: sentAt)
    }

    @Test func nothingIsAdmittedBeyondWhatWasGrantedOrBehindTheDeadline() {
        var window = WindowUnderTest()
        #expect(!window.spend(1, now: 0))
        #expect(!window.spend(0, now: 0))
        window = open(10)
        #expect(window.spend(4, now: 1))
        #expect(window.admit(5, now: 1))
        #expect(!window.admit(2, now: 1))
        #expect(window.spend(1, now: 60 * Self.second - 1))
        #expect(window.room(1) == 0)
        // Five were reserved, and two used.
        window.settle(reserved: 5, actual: 2)
        #expect(window.room(1) == 3)
        #expect(!window.spend(1, now: 60 * Self.second))
        #expect(!window.spend(-1, now: 1))
        #expect(!window.spend(.max, now: 1))
        #expect((window.spent, window.inflight) == (7, 0))
    }

    @Test func aResponseThatIsLargerThanItsReservationLeavesNoRoom() {
        let window = open(10)
        #expect(window.admit(5, now: 1))
        window.settle(reserved: 5, actual: 25)
        #expect(window.room(1) == 0)
        #expect(!window.spend(1, now: 1))
        window.take(reply(30), now: 2)
        #expect(window.room(2) == 5)
    }

    @Test func answersMayBeLostDoubledAndLate() {
        let window = open(10)
        let first = reply(30, seconds: 60, sentAt: 5)
        let second = reply(50, seconds: 60, sentAt: 9)
        window.take(second, now: 10)
        let known = window.window
        window.take(first, now: 10)
        window.take(second, now: 10)
        #expect((window.granted, window.deadline) == (known.granted, known.deadline))
        #expect(window.granted == 50)
    }

    @Test func aCheckThatWaitsAsksAtOnceAndAgainWhenNobodyAnswers() throws {
        let window = WindowUnderTest()
        #expect(window.call(need: 0, now: 0) == nil)
        let call = try #require(window.call(need: 7, now: 0))
        #expect((call.granted, call.want >= 7, call.need, call.sentAt) == (0, true, 7, 0))
        #expect(window.call(need: 7, now: CreditWindow.patience - 1) == nil)
        #expect(window.call(need: 7, now: CreditWindow.patience) != nil)
    }

    @Test func whatIsMissingIsAskedForAndNotWhatIsThere() throws {
        let window = open(5)
        let call = try #require(window.call(need: 8, now: CreditWindow.pace))
        #expect((call.granted, call.need) == (5, 3))
    }

    @Test func demandIsCoveredAhead() throws {
        let window = open(1_000)
        var asked = 0
        for tick in 1...900 {
            let now = Int64(tick) * 1_000
            #expect(window.spend(1, now: now))
            guard let call = window.call(need: 0, now: now) else { continue }
            asked += 1
            #expect(call.want > 0)
            window.take(reply(call.granted + call.want, sentAt: now), now: now)
        }
        #expect((1...3).contains(asked))
        #expect(window.room(900_000) >= 400)
    }

    @Test func anEmptyGrantIsAskedForSeldomUntilSomethingIsPaidIn() {
        let window = WindowUnderTest()
        #expect(window.call(need: 1, now: 0) != nil)
        window.take(reply(0, seconds: 60, .empty), now: 10)
        #expect(window.call(need: 1, now: 11 + CreditWindow.pace) == nil)
        #expect(window.call(need: 1, now: 10 + CreditWindow.emptyPace) != nil)
        window.take(reply(0, seconds: 60, .empty, sentAt: 10 + CreditWindow.emptyPace), now: 300_000)
        window.wake()
        #expect(window.call(need: 1, now: 300_001) != nil)
    }

    @Test func aRecallGivesBackAllThatNoCheckHas() throws {
        let window = open(100)
        #expect(window.spend(10, now: 1) && window.admit(20, now: 1))
        window.take(reply(100, recall: true), now: 2)
        let call = try #require(window.call(need: 0, now: 3))
        #expect((call.returned, call.want) == (70, 0))
        #expect(window.room(3) == 0)
        window.settle(reserved: 20, actual: 20)
        #expect(window.granted - window.returned == window.spent)
        // It is said again until it is heard.
        #expect(window.call(need: 1, now: 3 + CreditWindow.patience)?.returned == 70)
    }

    @Test func whatNobodyUsesIsGivenBackAndWhatIsUsedIsHeldOnTo() throws {
        var window = open(100)
        #expect(window.spend(1, now: 1))
        #expect(window.call(need: 0, now: CreditWindow.rest) == nil)
        let call = try #require(window.call(need: 0, now: CreditWindow.rest + 1))
        #expect(call.returned == 99)
        window = open(100)
        #expect(window.admit(1, now: 29 * Self.second))
        #expect(window.call(need: 0, now: 29 * Self.second) == nil)
        #expect(window.call(need: 0, now: 30 * Self.second)?.returned == 0)
    }

    @Test func aClosedWindowSpendsNothingAndStaysClosed() {
        let window = open(100)
        window.take(reply(100, seconds: 0, .closed), now: 1)
        #expect(window.room(1) == 0 && !window.spend(1, now: 1) && !window.spend(0, now: 1))
        #expect(window.call(need: 1, now: 2) == nil)
        window.take(reply(500, .open, sentAt: 1), now: 2)
        #expect(!window.spend(1, now: 2))
    }

    @Test func aClosedWindowThatIsDisputedIsOpenedByTheAnswerToThat() throws {
        let window = open(100)
        #expect(window.spend(40, now: 1))
        window.take(reply(100, seconds: 0, .closed), now: 2)
        window.dispute()
        let call = try #require(window.call(need: 5, now: 3))
        #expect(call.isAlive && !call.isOver && call.need == 5 && call.want >= 5)
        // Only the answer to that: an old one says nothing.
        window.take(reply(100, .open, sentAt: 1), now: 4)
        #expect(!window.spend(1, now: 4))
        // All that was not known to be spent is gone.
        window.take(reply(105, returned: 65, .open, sentAt: 3), now: 5)
        #expect(window.room(5) == 0)
        window.take(reply(165, returned: 65, .open, sentAt: 3), now: 6)
        #expect(window.room(6) == 60)
        #expect(window.call(need: 61, now: 7 + CreditWindow.pace)?.isAlive == false)
    }

    @Test func aDisputeThatIsTurnedDownIsNotRaisedAgainForASecond() throws {
        let window = open(100)
        window.take(reply(100, seconds: 0, .closed), now: 1)
        window.dispute()
        let call = try #require(window.call(need: 1, now: 2))
        window.take(reply(100, seconds: 0, .closed, sentAt: call.sentAt), now: 3)
        #expect(!window.window.isDisputed && window.call(need: 1, now: 4) == nil)
        #expect(!window.window.mayAsk(3 + CreditWindow.patience - 1))
        #expect(window.window.mayAsk(3 + CreditWindow.patience))
    }

    @Test func theLastWordGivesBackTheRest() {
        let window = open(100)
        #expect(window.spend(30, now: 1))
        let call = window.over()
        #expect(call.isOver && call.returned == 70)
        #expect(!window.spend(1, now: 2))
    }

    @Test func countersOfNonsenseDoNotWrap() {
        let window = WindowUnderTest()
        window.take(reply(.max, returned: 0, seconds: .max), now: 0)
        #expect(window.deadline == .min)
        window.take(reply(.max, seconds: 60), now: 0)
        #expect(window.spend(CreditWindow.maximum, now: 1))
        window.settle(reserved: 0, actual: .max)
        #expect(window.room(1) == 0)
        window.settle(reserved: .max, actual: .min)
        #expect(window.inflight == 0)
    }
}

/// A window in a place of its own: expectations call what changes it.
private final class WindowUnderTest {
    private(set) var window = CreditWindow()

    var granted: Int64 { window.granted }
    var returned: Int64 { window.returned }
    var spent: Int64 { window.spent }
    var inflight: Int64 { window.inflight }
    var deadline: Int64 { window.deadline }

    func room(_ now: Int64) -> Int64 { window.room(now) }
    func admit(_ cost: Int64, now: Int64) -> Bool { window.admit(cost, now: now) }
    func spend(_ cost: Int64, now: Int64) -> Bool { window.spend(cost, now: now) }
    func settle(reserved: Int64, actual: Int64) { window.settle(reserved: reserved, actual: actual) }
    func call(need: Int64, now: Int64) -> WindowCall? { window.call(need: need, now: now) }
    func take(_ reply: WindowReply, now: Int64) { window.take(reply, now: now) }
    func over() -> WindowCall { window.over() }
    func dispute() { window.dispute() }
    func wake() { window.wake() }
}
