"""The client of threads against a real agent, and against agents that end, restart and hang."""

import logging
import os
import signal
import subprocess
import threading
import time
import unittest

import weir
from weir import wire

from tests.support import AGENT, AgentCase, FakeAgent, RealAgent, check_answer, hello_answer, report_answer

LIMITS = (
    "rated: 3/min by user when user=rated*; window: 100/h burst 100 by user when user=estimator; "
    "slots: 1 concurrent by user when user=holder*; no: deny when user=blocked"
)


class DecisionTests(AgentCase):
    limits = LIMITS

    def client(self, **options):
        options = {"deadline": 2.0, "on_trouble": "closed", **options}
        client = weir.Client(self.agent.socket, **options)
        self.addCleanup(client.close)
        return client

    def test_whatARuleAllowsPassesAndTheRestDoesNot(self):
        client = self.client()
        for left in (2, 1, 0):
            decision = client.check({"user": "rated", "ip": "192.0.2.1", "tenant": "acme"})
            self.assertEqual(
                (decision.allowed, decision.status, decision.rule, decision.limit, decision.remaining),
                (True, 200, "rated", 3, left),
            )
        denied = client.check({"user": "rated", "ip": "192.0.2.1", "tenant": "acme"})
        self.assertEqual((denied.allowed, denied.status, denied.reason, denied.remembered), (False, 429, "rate", False))
        self.assertTrue(0 < denied.retry_after <= 20)
        again = client.check({"user": "rated", "ip": "192.0.2.1", "tenant": "acme"})
        self.assertEqual((again.allowed, again.remembered), (False, True))
        self.assertTrue(again.retry_after <= denied.retry_after)
        blocked = client.check({"user": "blocked"})
        self.assertEqual((blocked.allowed, blocked.status, blocked.reason, blocked.rule), (False, 403, "blocked", "no"))

    def test_costsAreAskedByTheirSize(self):
        client = self.client()
        self.assertTrue(client.check({"user": "rated2"}, 2).allowed)
        self.assertFalse(client.check({"user": "rated2"}, 2).allowed)
        self.assertTrue(client.check({"user": "rated2"}, 2).remembered)
        self.assertTrue(client.check({"user": "rated2"}, 1).allowed)
        self.assertEqual(client.check({"user": "rated2"}, 4).reason, "rate")
        self.assertEqual(client.check({"user": "rated3"}, 4).reason, "too-large")
        self.assertIsNone(client.check({"user": "rated3"}, 4).retry_after)
        self.assertTrue(client.check({"user": "rated3"}, 3, peek=True).allowed)
        self.assertTrue(client.check({"user": "rated3"}, 3, wait=False).allowed)

    def test_reportsAreCountedOnce(self):
        client = self.client()
        ticket = client.check({"user": "reporter"}).ticket
        for _ in range(3):
            client.report(ticket, status=200, bytes_in=120, bytes_out=4096)
        client.report(None, status=200)
        self.assertEqual(client.flush(), 0)
        self.assertEqual((client.stats.reports_counted, client.stats.reports_repeated), (1, 2))
        with self.assertRaisesRegex(weir.InvalidRequest, "status: found 42"):
            client.report(ticket, status=42)

    def test_theActualCostSettlesAReservation(self):
        client = self.client()
        decision = client.check({"user": "estimator"}, 80, reserve=True)
        self.assertEqual(decision.remaining, 20)
        client.report(decision.ticket, status=200, cost=30)
        client.flush()
        self.assertEqual(client.check({"user": "estimator"}, 1, peek=True).remaining, 70)

    def test_slotsComeBackByReportReleaseAndEnd(self):
        client, other = self.client(), self.client()
        first = client.check({"user": "holder"})
        self.assertEqual(client.check({"user": "holder"}).reason, "concurrency")
        client.report(first.ticket, status=200)
        second = client.check({"user": "holder"})
        self.assertTrue(second.allowed)
        client.release(second.ticket)
        self.assertTrue(client.check({"user": "holder"}).allowed)
        self.assertFalse(other.check({"user": "holder"}).allowed)
        client.close()
        end = time.monotonic() + 2
        while not other.check({"user": "holder"}).allowed and time.monotonic() < end:
            time.sleep(0.005)
        self.assertLess(time.monotonic(), end)

    def test_reportsThatWaitForOthersLeaveThoughTheirThreadIsSilent(self):
        client = self.client(report_delay=0.03)
        for _ in range(5):
            client.report(client.check({"user": "reporter"}).ticket, status=200)
        client.report(client.check({"user": "reporter"}).ticket, status=200)
        end = time.monotonic() + 3
        while client.stats.reports_counted < 6 and time.monotonic() < end:
            time.sleep(0.01)
            for line in client._all():
                with line.lock:
                    line.connection.receive(time.monotonic())  # sends nothing
        self.assertEqual(client.stats.reports_counted, 6)

    def test_threadsHaveConnectionsOfTheirOwnThatLaterThreadsTakeOver(self):
        client = self.client()
        barrier = threading.Barrier(8)
        allowed = []

        def work():
            barrier.wait()
            for _ in range(200):
                decision = client.check({"user": "many"})
                client.report(decision.ticket, status=200)
                allowed.append(decision.allowed and not decision.trouble)

        for _ in range(2):
            threads = [threading.Thread(target=work) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual((len(allowed), all(allowed)), (3200, True))
        self.assertEqual(client.stats.connections, 8)
        self.assertEqual(client.flush(), 0)

    def test_aChildAfterForkHasAConnectionOfItsOwn(self):
        client = self.client()
        self.assertTrue(client.check({"user": "many"}).allowed)
        child = os.fork()
        if child == 0:
            decision = client.check({"user": "many"})
            os._exit(0 if decision.allowed and not decision.trouble and client.stats.connections == 2 else 1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        self.assertFalse(client.check({"user": "many"}).trouble)
        self.assertEqual(client.stats.connections, 1)

    def test_whatCannotBeSentIsRefusedByName(self):
        client = self.client()
        with self.assertRaisesRegex(weir.InvalidRequest, "attribute value length: path has 9001 bytes"):
            client.check({"path": "/" + "p" * 9000})
        with self.assertRaisesRegex(weir.InvalidRequest, "cost"):
            client.check({}, -1)
        self.assertTrue(client.check({}).allowed)


class TroubleTests(unittest.TestCase):
    def agent(self, **settings):
        agent = RealAgent("100000/s burst 100000 by user", **settings)
        self.addCleanup(agent.stop)
        return agent

    def test_nobodyListeningIsKnownAtOnce(self):
        for on_trouble, allowed, status in (("open", True, 200), ("closed", False, 503)):
            client = weir.Client("/nowhere/agent.sock", on_trouble=on_trouble, deadline=1.0)
            start = time.monotonic()
            with self.assertLogs("weir", "WARNING") as logs:
                for _ in range(20):
                    decision = client.check({"user": "u"})
                    self.assertEqual((decision.allowed, decision.status, decision.trouble), (allowed, status, "unreachable"))
            self.assertLess(time.monotonic() - start, 0.5)
            self.assertEqual(len(logs.output), 1)
            self.assertIn("/nowhere/agent.sock", logs.output[0])

    def test_noResponseIsLostWhenTheAgentRestarts(self):
        agent = self.agent()
        client = weir.Client(agent.socket, deadline=1.0)
        answers, stop = [], threading.Event()

        def work():
            while not stop.is_set():
                decision = client.check({"user": "u"})
                client.report(decision.ticket, status=200)
                answers.append(decision)
                if decision.trouble:
                    time.sleep(0.001)

        with self.assertLogs("weir", "WARNING"):
            threads = [threading.Thread(target=work) for _ in range(4)]
            for thread in threads:
                thread.start()
            for number in (signal.SIGKILL, signal.SIGTERM):
                time.sleep(0.1)
                agent.end(number)
                time.sleep(0.05)
                agent.start()
            time.sleep(0.3)
            count = len(answers)
            time.sleep(0.1)
            stop.set()
            for thread in threads:
                thread.join(5)
                self.assertFalse(thread.is_alive())
        self.assertTrue(any(decision.trouble for decision in answers))
        self.assertFalse(any(decision.trouble for decision in answers[count:]))
        self.assertGreater(len(answers), count)
        self.assertTrue(all(decision.allowed for decision in answers))
        client.close()

    def test_aRestartBetweenTwoChecksIsNotNoticed(self):
        agent = self.agent()
        client = weir.Client(agent.socket, deadline=2.0, on_trouble="closed")
        client.report(client.check({"user": "u"}).ticket, status=200)
        agent.end(signal.SIGKILL)
        agent.start()
        time.sleep(0.2)
        logging.getLogger("weir").setLevel("ERROR")
        self.addCleanup(logging.getLogger("weir").setLevel, "WARNING")
        decision = client.check({"user": "u"})
        self.assertEqual((decision.allowed, decision.trouble), (True, ""))
        client.close()

    def test_aStoppedAgentCostsOneDeadline(self):
        agent = self.agent()
        client = weir.Client(agent.socket)
        with self.assertLogs("weir", "WARNING"):
            self.assertTrue(client.check({"user": "u"}, deadline=2.0).allowed)
            agent.suspend()
            start = time.monotonic()
            decision = client.check({"user": "u"})
            self.assertEqual((decision.allowed, decision.trouble), (True, "timeout"))
            self.assertTrue(0.019 <= time.monotonic() - start < 1)
            for _ in range(1000):
                client.check({"user": "u"})
            self.assertLess(time.monotonic() - start, 10)  # a thousand deadlines are twenty seconds
            agent.process.send_signal(signal.SIGCONT)
            end = time.monotonic() + 3
            while client.check({"user": "u"}).trouble and time.monotonic() < end:
                time.sleep(0.005)
        self.assertLess(time.monotonic(), end)
        client.close()

    def test_unansweredReportsAreSentAgainAndAnsweredOnce(self):
        def say(frame):
            if frame.operation == wire.HELLO:
                return hello_answer(frame.id)
            if frame.operation == wire.CHECK:
                return check_answer(frame.id)
            if frame.operation == wire.REPORT and len(fake.connections) > 1:
                return report_answer(frame.id, 1)
            return None

        fake = FakeAgent(say)
        self.addCleanup(fake.stop)
        client = weir.Client(fake.socket, deadline=2.0)
        ticket = client.check({"user": "u"}).ticket
        client.report(ticket, status=200, bytes_out=7)
        self.assertEqual(client.flush(0.05), 1)
        fake.connections[0].shutdown(2)
        self.assertEqual(client.flush(2.0), 0)
        reports = [frame.data[16:] for frame in fake.frames if frame.operation == wire.REPORT]
        self.assertEqual(len(reports), 2)
        self.assertEqual(reports[0], reports[1])
        client.close()


class UsageTests(AgentCase):
    settings = {"WEIR_FLUSH": "100ms"}

    def test_theAgentsUsageHasEveryByteOnce(self):
        command = os.path.join(os.path.dirname(AGENT), "weir")
        if not os.access(command, os.X_OK):
            self.skipTest("no weir beside the agent")
        with weir.Client(self.agent.socket, deadline=2.0, on_trouble="closed") as client:
            for number in range(100):
                ticket = client.check({"user": "u"}).ticket
                for _ in range(2):
                    client.report(ticket, status=200 + number % 2, bytes_in=number, bytes_out=1000 + number)
        end = time.monotonic() + 10
        while True:
            names = {"HOME": "/", "WEIR_ADMIN_LISTEN": "off", "WEIR_STATE_DIR": self.agent.settings["WEIR_STATE_DIR"]}
            done = subprocess.run([command, "usage", "--by", "outcome", "--granularity", "day"], env=names, capture_output=True, text=True, timeout=20)
            rows = [line.split()[1:] for line in done.stdout.splitlines()]
            if ["2xx", "100", "100", "4950", "104950"] in rows or time.monotonic() > end:
                break
            time.sleep(0.05)
        self.assertIn(["2xx", "100", "100", "4950", "104950"], rows, done)


class SettingsTests(unittest.TestCase):
    def test_theyComeFromTheEnvironment(self):
        read = weir.Settings.from_environment
        names = {"WEIR_SOCKET": "/run/w.sock", "WEIR_CLIENT_DEADLINE": "50ms", "WEIR_CLIENT_ON_TROUBLE": "closed", "WEIR_CLIENT_DENY_CACHE": "off"}
        self.assertEqual(read(environment=names), ("/run/w.sock", 0.05, "closed", 0))
        self.assertEqual(read("/x", 0.1, "open", 3.0, environment=names), ("/x", 0.1, "open", 3.0))
        self.assertEqual(read(environment={"WEIR_RUNTIME_DIR": "/run/w"}), ("/run/w/agent.sock", 0.02, "open", 10.0))

    def test_whatCannotBeUnderstoodIsRefusedByName(self):
        for name, value, expected in (
            ("WEIR_CLIENT_DEADLINE", "20", "with its unit"),
            ("WEIR_CLIENT_DEADLINE", "0ms", "from 1ms"),
            ("WEIR_CLIENT_DEADLINE", "2min", "to 1min"),
            ("WEIR_CLIENT_DEADLINE", "9" * 30 + "ms", "duration"),
            ("WEIR_CLIENT_DENY_CACHE", "0ms", "off, or"),
            ("WEIR_CLIENT_DENY_CACHE", "25h", "to 24h"),
            ("WEIR_CLIENT_ON_TROUBLE", "maybe", "open or closed"),
            ("WEIR_SOCKET", "off", "absolute path"),
            ("WEIR_SOCKET", "/" + "x" * 107, "107 bytes"),
        ):
            with self.subTest(name=name, value=value):
                with self.assertRaisesRegex(weir.SettingsError, f"^{name}: .*{expected}"):
                    weir.Settings.from_environment(environment={name: value})
