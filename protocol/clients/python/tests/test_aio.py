"""The client of asyncio against a real agent."""

import asyncio
import signal
import threading
import time
import unittest

import weir

from tests.support import AgentCase, RealAgent


class AsyncTests(AgentCase):
    limits = "rated: 3/min by user when user=rated; slots: 1 concurrent by user when user=holder*"

    def run_with(self, work, **options):
        async def main():
            async with weir.AsyncClient(self.agent.socket, **{"deadline": 2.0, "on_trouble": "closed", **options}) as client:
                return await work(client)

        return asyncio.run(main())

    def test_manyChecksShareOneConnection(self):
        async def work(client):
            decisions = await asyncio.gather(*(client.check({"user": f"u{i % 9}"}) for i in range(1000)))
            self.assertTrue(all(decision.allowed and not decision.trouble for decision in decisions))
            for decision in decisions:
                client.report(decision.ticket, status=200, bytes_out=1)
            self.assertEqual(await client.flush(), 0)
            self.assertEqual((client.stats.connections, client.stats.reports_counted), (1, 1000))

        self.run_with(work)

    def test_denialsAreRemembered(self):
        async def work(client):
            allowed = [(await client.check({"user": "rated"})).allowed for _ in range(5)]
            self.assertEqual(allowed, [True, True, True, False, False])
            self.assertEqual(client.stats.remembered, 1)

        self.run_with(work)

    def test_whoIsCancelledHoldsNoSlot(self):
        async def work(client):
            await client.check({"user": "other"})
            task = asyncio.create_task(client.check({"user": "holder"}))
            await asyncio.sleep(0)
            await asyncio.sleep(0)  # it is sent
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            end = time.monotonic() + 2
            while not (await client.check({"user": "holder"})).allowed:
                self.assertLess(time.monotonic(), end)
                await asyncio.sleep(0.005)

        self.run_with(work)

    def test_releaseFreesASlot(self):
        async def work(client):
            first = await client.check({"user": "holder2"})
            self.assertEqual((await client.check({"user": "holder2"})).reason, "concurrency")
            client.release(first.ticket)
            self.assertTrue((await client.check({"user": "holder2"})).allowed)

        self.run_with(work)

    def test_loopsHaveConnectionsOfTheirOwn(self):
        client = weir.AsyncClient(self.agent.socket, deadline=2.0, on_trouble="closed")
        allowed = []

        async def work():
            for _ in range(50):
                allowed.append((await client.check({"user": "u"})).allowed)
            await client.aclose()

        threads = [threading.Thread(target=asyncio.run, args=(work(),)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(allowed, [True] * 150)
        self.assertEqual(client.stats.connections, 3)


class AsyncTroubleTests(unittest.TestCase):
    def agent(self):
        agent = RealAgent("100000/s burst 100000 by user")
        self.addCleanup(agent.stop)
        return agent

    def test_nobodyListeningIsKnownAtOnce(self):
        async def work():
            client = weir.AsyncClient("/nowhere/agent.sock", on_trouble="closed", deadline=1.0)
            start = time.monotonic()
            decisions = await asyncio.gather(*(client.check({"user": "u"}) for _ in range(50)))
            self.assertEqual({(d.allowed, d.status, d.trouble) for d in decisions}, {(False, 503, "unreachable")})
            self.assertLess(time.monotonic() - start, 0.5)

        with self.assertLogs("weir", "WARNING"):
            asyncio.run(work())

    def test_noResponseIsLostWhenTheAgentRestarts(self):
        agent = self.agent()

        async def work():
            client = weir.AsyncClient(agent.socket, deadline=1.0)
            answers, stop = [], False

            async def ask():
                while not stop:
                    decision = await client.check({"user": "u"})
                    client.report(decision.ticket, status=200)
                    answers.append(decision)
                    if decision.trouble:
                        await asyncio.sleep(0.001)

            tasks = [asyncio.create_task(ask()) for _ in range(50)]
            for number in (signal.SIGKILL, signal.SIGTERM):
                await asyncio.sleep(0.1)
                await asyncio.get_running_loop().run_in_executor(None, agent.end, number)
                await asyncio.sleep(0.02)
                await asyncio.get_running_loop().run_in_executor(None, agent.start)
            await asyncio.sleep(0.3)
            count = len(answers)
            await asyncio.sleep(0.1)
            stop = True
            await asyncio.wait_for(asyncio.gather(*tasks), 5)
            self.assertTrue(any(decision.trouble for decision in answers))
            self.assertFalse(any(decision.trouble for decision in answers[count:]))
            self.assertGreater(len(answers), count)
            await client.aclose()

        with self.assertLogs("weir", "WARNING"):
            asyncio.run(work())

    def test_aStoppedAgentCostsOneDeadline(self):
        agent = self.agent()

        async def work():
            client = weir.AsyncClient(agent.socket)
            await client.check({"user": "u"}, deadline=2.0)
            agent.suspend()
            start = time.monotonic()
            decision = await client.check({"user": "u"})
            self.assertEqual((decision.allowed, decision.trouble), (True, "timeout"))
            self.assertTrue(0.019 <= time.monotonic() - start < 1)
            decision = await client.check({"user": "u"}, deadline=0.005)
            self.assertEqual(decision.trouble, "timeout")
            await asyncio.gather(*(client.check({"user": "u"}) for _ in range(100)))
            self.assertLess(time.monotonic() - start, 2)
            agent.process.send_signal(signal.SIGCONT)
            end = time.monotonic() + 3
            while (await client.check({"user": "u"})).trouble:
                self.assertLess(time.monotonic(), end)
                await asyncio.sleep(0.005)
            await client.aclose()

        with self.assertLogs("weir", "WARNING"):
            asyncio.run(work())
