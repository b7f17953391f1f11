"""The session without a socket: order, lateness, ends of connections, reports, denials."""

import random
import unittest

from weir import wire
from weir.decision import Report, Ticket
from weir.denials import Denials
from weir.session import Options, Session, Stats
from weir.wire import InvalidRequest, PEEK

from tests.support import check_answer, error, goaway, hello_answer, report_answer


class SessionCase(unittest.TestCase):
    def session(self, on_trouble="open", deadline=0.02, **options):
        self.logged = []
        given = {"quiet_reports": False, "report_delay": 0.0, **options}
        session = Session(Options(deadline, on_trouble, given["quiet_reports"], given["report_delay"], b"t", self.logged.append), Denials(), Stats())
        self.connect(session)
        return session

    def connect(self, session, incarnation=1, largest=16_384, now=0.0):
        session.connecting(now)
        session.connected(now)
        (hello,) = wire.FrameReader().feed(session.output(now))
        self.assertEqual(hello.operation, wire.HELLO)
        self.assertIsNone(session.received(hello_answer(hello.id, incarnation, largest), now))

    def frames(self, session, now=0.0, flush=False):
        return list(wire.FrameReader().feed(session.output(now, flush)))

    def ask(self, session, ip="192.0.2.1", cost=1, flags=0, now=0.0):
        return session.begin({"ip": ip}, cost, flags, session.options.deadline, now)

    def ticket(self, number=9, run=1):
        return Ticket(bytes([number]) * 24, bytes([run]) * 16)


class AnswerTests(SessionCase):
    def test_answersFindTheirRequestsInAnyOrder(self):
        session = self.session()
        calls = [self.ask(session) for _ in range(3)]
        self.frames(session)
        for call in reversed(calls):
            session.received(check_answer(call.id), 0.001)
            self.assertTrue(call.decision.allowed)
        self.assertEqual(calls[0].decision.rule, "rule")
        self.assertEqual(session.calls, {})

    def test_aLateAnswerIsDroppedAndItsSlotFreed(self):
        session = self.session()
        call = self.ask(session)
        self.frames(session)
        session.expire(0.019)
        self.assertIsNone(call.decision)
        session.expire(0.021)
        self.assertEqual((call.decision.allowed, call.decision.trouble), (True, "timeout"))
        session.received(check_answer(call.id), 0.03)
        self.assertEqual(session.stats.late, 1)
        (release,) = self.frames(session)
        self.assertEqual(release.operation, wire.RELEASE)

    def test_anAnswerThatNobodyWaitsForFreesItsSlot(self):
        session = self.session()
        call = self.ask(session)
        self.frames(session)
        session.cancel(call)
        session.received(check_answer(call.id), 0.001)
        self.assertEqual([frame.operation for frame in self.frames(session)], [wire.RELEASE])
        call = self.ask(session)
        session.cancel(call)  # before it was sent
        self.assertEqual(self.frames(session), [])

    def test_anAgentThatCannotDecideIsTrouble(self):
        for on_trouble in ("open", "closed"):
            session = self.session(on_trouble)
            call = self.ask(session)
            self.frames(session)
            session.received(check_answer(call.id, decision=2), 0.0)
            self.assertEqual((call.decision.allowed, call.decision.trouble), (on_trouble == "open", "undecided"))
            self.assertEqual(call.decision.status, 200 if on_trouble == "open" else 503)

    def test_unknownOperationsReasonsAndStatesAreTaken(self):
        session = self.session()
        call = self.ask(session)
        self.frames(session)
        self.assertIsNone(session.received(check_answer(99)[:5] + b"\x99" + check_answer(99)[6:], 0.0))
        session.received(check_answer(call.id, decision=1, reason=77), 0.0)
        self.assertEqual((call.decision.allowed, call.decision.reason), (False, "other"))

    def test_garbageEndsTheConnectionNotTheClient(self):
        session = self.session()
        call = self.ask(session)
        self.frames(session)
        self.assertEqual(session.received(b"HTTP/1.1 400 Bad Request\r\n\r\n", 0.0), "violation")
        session.lost(0.0, "violation")
        self.assertEqual(call.decision.trouble, "violation")

    def test_randomBytesRaiseNothing(self):
        chance = random.Random(20261125)
        for _ in range(3000):
            session = self.session()
            calls = [self.ask(session) for _ in range(3)]
            self.frames(session)
            stream = bytearray(b"".join(check_answer(chance.choice(calls).id, chance.randrange(3)) for _ in range(2)))
            stream += hello_answer(1) + report_answer(5, 1) + goaway() + error(7, b"x")
            for _ in range(chance.randrange(5)):
                stream[chance.randrange(len(stream))] = chance.randrange(256)
            trouble, at = None, 0
            while at < len(stream) and trouble is None:
                part = chance.randrange(1, 60)
                trouble = session.received(bytes(stream[at : at + part]), 0.0)
                at += part
            session.lost(10.0, trouble or "lost")
            session.unreachable("")
            self.assertTrue(all(call.decision is not None for call in calls))


class ConnectionEndTests(SessionCase):
    def test_unansweredChecksAreAskedAgainOnce(self):
        session = self.session()
        call = self.ask(session)
        self.frames(session)
        session.lost(1.0)
        self.assertIsNone(call.decision)
        self.connect(session, now=1.0)
        (again,) = self.frames(session, 1.0)
        self.assertEqual(again.id, call.id)
        session.lost(2.0)
        self.assertEqual(call.decision.trouble, "lost")

    def test_whereNoneMayBeMadeAllAreAnsweredAtOnce(self):
        session = self.session()
        calls = [self.ask(session) for _ in range(5)]
        self.frames(session)
        session.lost(0.01)  # connected 10 ms ago
        self.assertEqual([call.decision.trouble for call in calls], ["lost"] * 5)

    def test_attemptsAreAtMostEvery100ms(self):
        session = self.session()
        waits = []
        for _ in range(100):
            session.connecting(0.0)
            waits.append(session.attempt_at)
        self.assertGreaterEqual(min(waits), 0.1)
        self.assertLessEqual(max(waits), 0.2)
        self.assertGreater(max(waits) - min(waits), 0.05)

    def test_goawayMovesNewChecksToTheNextConnection(self):
        session = self.session(report_delay=60.0)
        session.report(Report(self.ticket(), 200), 0.0)
        old = self.ask(session)
        first = self.frames(session)
        self.assertEqual([frame.operation for frame in first], [wire.REPORT, wire.CHECK])
        session.received(report_answer(first[0].id, 1), 0.0)
        session.report(Report(self.ticket(), 200), 0.0)
        session.received(goaway(), 0.0)
        new = self.ask(session)
        # What a successor cannot know is told to the one that goes; nothing else.
        (report,) = self.frames(session)
        self.assertEqual(report.operation, wire.REPORT)
        session.received(report_answer(report.id, 1), 0.0)
        self.assertFalse(session.has_left(0.001))
        session.received(check_answer(old.id), 0.001)
        self.assertTrue(old.decision.allowed and not old.decision.trouble)
        self.assertTrue(session.has_left(0.001))
        session.lost(1.0)
        self.connect(session, incarnation=2, now=1.0)
        self.assertEqual([frame.id for frame in self.frames(session, 1.0)], [new.id])

    def test_aConnectionThatIsLeftIsClosedAfterTheDeadline(self):
        session = self.session()
        self.ask(session)
        self.frames(session)
        session.received(goaway(), 0.0)
        session.output(0.0)
        self.assertFalse(session.has_left(0.019))
        self.assertTrue(session.has_left(0.021))

    def test_aHungAgentIsNotWaitedForAgainAndAgain(self):
        session = self.session()
        self.ask(session)
        self.frames(session)
        session.expire(0.021)
        self.assertFalse(session.is_stalled(0.09))
        self.assertTrue(session.is_stalled(0.12))
        self.assertEqual(self.ask(session, now=0.12).decision.trouble, "timeout")
        self.assertFalse(session.is_hopeless(0.9))
        self.assertTrue(session.is_hopeless(1.1))
        session.received(check_answer(99), 0.2)
        self.assertFalse(session.is_stalled(0.21))

    def test_anErrorIsLoggedInTheAgentsWords(self):
        session = self.session()
        self.assertEqual(session.received(error(3, b"attribute given twice\n\x1b[31m"), 0.0), "refused")
        self.assertEqual(self.logged, ["the agent refused: attribute given twice??[31m"])

    def test_whatIsTooLargeForThisAgentIsNotSent(self):
        session = self.session()
        session.lost(1.0)
        large = session.begin({"path": "/" + "p" * 8000}, 1, 0, 1.0, 1.0)
        small = self.ask(session, now=1.0)
        self.connect(session, largest=512, now=1.0)
        self.assertEqual((large.decision.allowed, large.decision.status), (False, 400))
        self.assertEqual([frame.id for frame in self.frames(session, 1.0)], [small.id])
        with self.assertRaisesRegex(InvalidRequest, "WEIR_MAX_FRAME"):
            session.begin({"path": "/" + "p" * 8000}, 1, 0, 1.0, 1.0)

    def test_noMoreAreInFlightThanTheAgentTakes(self):
        session = self.session()
        calls = [self.ask(session) for _ in range(1025)]
        self.assertIsNone(calls[1023].decision)
        self.assertEqual(calls[1024].decision.trouble, "busy")


class ReportTests(SessionCase):
    def test_reportsLeaveTogether(self):
        session = self.session(report_delay=0.05)
        for _ in range(10):
            session.report(Report(self.ticket(), 200), 0.0)
        self.assertEqual(self.frames(session, 0.04), [])
        self.assertAlmostEqual(session.wake_at(0.04), 0.05)
        (frame,) = self.frames(session, 0.05)
        self.assertEqual(len(frame.data), 24 + 560)
        session.received(report_answer(frame.id, 10), 0.05)
        self.assertEqual((session.unanswered_reports, session.stats.reports_counted), (0, 10))

    def test_aWholeFrameWaitsForNothingAndChecksTakeReportsAlong(self):
        session = self.session(report_delay=60.0)
        for _ in range(130):
            session.report(Report(self.ticket(), 200), 0.0)
        self.assertEqual([len(frame.data) for frame in self.frames(session)], [24 + 56 * 64] * 2 + [24 + 56 * 2])
        session.report(Report(self.ticket(), 200), 0.0)
        self.ask(session)
        self.assertEqual([frame.operation for frame in self.frames(session)], [wire.REPORT, wire.CHECK])

    def test_unansweredReportsAreSentAgain(self):
        session = self.session()
        session.report(Report(self.ticket(), 200), 0.0)
        self.frames(session)
        session.lost(1.0)
        self.assertTrue(session.wants_connection)
        self.connect(session, now=1.0)
        (frame,) = self.frames(session, 1.0)
        self.assertEqual((frame.operation, frame.data[24:48]), (wire.REPORT, self.ticket().data))

    def test_quietReportsAreNot(self):
        session = self.session(quiet_reports=True)
        session.report(Report(self.ticket(), 200), 0.0)
        (frame,) = self.frames(session)
        self.assertEqual(frame.flags, 1)
        session.lost(1.0)
        self.assertFalse(session.wants_connection)

    def test_anotherRunOfTheAgentVoidsTickets(self):
        session = self.session()
        session.report(Report(self.ticket(), 200), 0.0)
        self.frames(session)
        session.lost(1.0)
        self.connect(session, incarnation=2, now=1.0)
        self.assertEqual(self.frames(session, 1.0), [])
        self.assertEqual((session.unanswered_reports, session.stats.reports_unknown), (0, 1))

    def test_aReportAtFaultIsNotSentAgain(self):
        session = self.session()
        session.report(Report(self.ticket(), 200), 0.0)
        (frame,) = self.frames(session)
        self.assertEqual(session.received(error(frame.id, b"status"), 0.0), "refused")
        session.lost(1.0, "refused")
        self.assertEqual((session.unanswered_reports, session.stats.reports_dropped), (0, 1))

    def test_reportsThatWaitAreBounded(self):
        session = self.session(report_delay=60.0)
        session.lost(1.0)
        for _ in range(5000):
            session.report(Report(self.ticket(), 200), 1.0)
        self.assertEqual((session.unanswered_reports, session.stats.reports_dropped), (4096, 904))


class DenialTests(SessionCase):
    def decide(self, session, cost=1, ip="192.0.2.1", flags=0, now=0.0, **answer):
        """Whether the agent was asked, and the decision."""
        call = self.ask(session, ip, cost, flags, now)
        asked = call.decision is None
        if asked:
            self.frames(session, now)
            session.received(check_answer(call.id, **answer), now)
        self.assertEqual(call.decision.remembered, not asked)
        return asked, call.decision

    def test_denialsAreRememberedUntilTheirRetryAfter(self):
        session = self.session()
        denied = {"decision": 1, "reason": 1, "retry": 3_000_000}
        self.assertTrue(self.decide(session, 5, **denied)[0])
        asked, decision = self.decide(session, 5, now=1.0)
        self.assertFalse(asked or decision.allowed)
        self.assertEqual((decision.status, decision.retry_after_us, decision.ticket), (429, 2_000_000, None))
        self.assertFalse(self.decide(session, 6, now=1.0)[0])  # more is denied, too
        self.assertTrue(self.decide(session, 5, ip="192.0.2.2", now=1.0)[0])
        self.assertTrue(self.decide(session, 4, now=1.0)[1].allowed)  # less may pass
        self.assertTrue(self.decide(session, 5, now=3.0)[1].allowed)

    def test_denialsThatTimeDoesNotLiftAreNot(self):
        session = self.session()
        for reason in (3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 77):
            for _ in range(2):
                self.assertTrue(self.decide(session, decision=1, reason=reason, retry=60_000_000)[0])

    def test_noneIsRememberedForEver(self):
        session = self.session()
        self.decide(session, decision=1, reason=2, retry=wire.NEVER)
        asked, decision = self.decide(session, now=9.9)
        self.assertEqual((asked, decision.retry_after_us), (False, None))
        self.assertTrue(self.decide(session, now=10.0)[0])

    def test_peeksAndCostsOfNothingAreAsked(self):
        session = self.session()
        self.decide(session, decision=1, reason=1, retry=60_000_000)
        self.assertTrue(self.decide(session, cost=0)[0])
        self.assertTrue(self.decide(session, flags=PEEK)[0])

    def test_theMemoryIsBoundedAndKeepsNoAttribute(self):
        denials = Denials(size=100)
        session = self.session()
        session.denials = denials
        for number in range(300):
            self.decide(session, ip=f"192.0.2.{number}", decision=1, reason=1, retry=60_000_000)
        self.assertEqual(len(denials), 100)
        self.assertFalse(self.decide(session, ip="192.0.2.299")[0])
        self.assertNotIn(b"192.0.2.299", b"".join(denials._entries))

    def test_anotherRunOfTheAgentForgetsThem(self):
        session = self.session()
        self.decide(session, decision=1, reason=1, retry=60_000_000)
        session.lost(1.0)
        self.connect(session, incarnation=2, now=1.0)
        self.assertTrue(self.decide(session, now=1.0)[0])
