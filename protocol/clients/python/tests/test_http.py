"""Decisions as HTTP responses: what the agent's own HTTP door says."""

import unittest

import weir
from weir import http
from weir.decision import Decision, troubled

from tests.support import AgentCase, ask_door


class DoorTests(AgentCase):
    limits = (
        "rated: 3/h by user when user=rated; daily: 2/day by user when user=daily answer 402; slots: 1 concurrent by user when user=holder; "
        "large: 5/min by user when user=large; nokey: deny 401 when user=nokey; no: deny when user=blocked; gone: deny 410 when user=gone; heavy: 1kB/h by user when user=heavy counting bytes_out"
    )

    def test_denialsAreThoseOfTheHTTPDoor(self):
        client = weir.Client(self.agent.socket, deadline=2.0, on_trouble="closed", deny_cache=0)
        self.addCleanup(client.close)
        for user, status, spent, cost in (
            ("rated", 429, 3, 1), ("daily", 402, 2, 1), ("holder", 429, 1, 1), ("large", 429, 0, 6), ("nokey", 401, 0, 1),
            ("blocked", 403, 0, 1), ("gone", 410, 0, 1),
        ):  # fmt: skip
            with self.subTest(user):
                for _ in range(spent):
                    self.assertTrue(client.check({"user": user}).allowed)
                for _ in range(3):  # a second may turn between the two
                    ours = http.denial(client.check({"user": user}, cost))
                    door = ask_door(self.agent, {"User": user}, cost)
                    if dict(ours.fields).get("Retry-After") == door[1].get("Retry-After"):
                        break
                self.assertEqual((ours.status, ours.body), (door[0], door[2]))
                self.assertEqual(ours.status, status)
                fields = {
                    name: value
                    for name, value in door[1].items()
                    if value and not name.startswith("Weir-") and name != "Connection"
                }
                self.assertEqual(dict(ours.fields), fields)

    def test_allowedResponsesTellTheSameLimits(self):
        client = weir.Client(self.agent.socket, deadline=2.0, on_trouble="closed")
        self.addCleanup(client.close)
        for user in ("large", "heavy"):
            fields = dict(http.rate_limit_fields(client.check({"user": user}, peek=True)))
            _, door, _ = ask_door(self.agent, {"User": user}, 0)
            self.assertEqual(fields["RateLimit-Policy"], door["RateLimit-Policy"])
        self.assertEqual(http.rate_limit_fields(client.check({"user": "nobody"})), [])


class FieldTests(unittest.TestCase):
    def test_secondsAreWholeAndNeverTooEarly(self):
        for microseconds, seconds in ((1, 1), (999_999, 1), (1_000_000, 1), (1_000_001, 2), (3_200_000, 4), (0, 1)):
            decision = Decision(False, 429, "rate", rule="r", limit=5, window=1, retry_after_us=microseconds)
            self.assertEqual(dict(http.denial(decision).fields)["Retry-After"], str(seconds))

    def test_whatNeverPassesHasNoRetryAfter(self):
        fields = dict(http.denial(Decision(False, 429, "too-large", rule="r", limit=5, window=1, retry_after_us=None)).fields)
        self.assertNotIn("Retry-After", fields)
        self.assertEqual(fields["RateLimit"], '"r";r=0')

    def test_closedOnTroubleIs503(self):
        response = http.denial(troubled("timeout", "closed"))
        fields = dict(response.fields)
        self.assertEqual((response.status, fields["Retry-After"], fields["Cache-Control"]), (503, "1", "no-store"))
        self.assertIn(b"temporary-reduced-capacity", response.body)
        self.assertNotIn("RateLimit", fields)

    def test_keysAreBearerTokensOnly(self):
        for value, key in ((b"Bearer abc", b"abc"), (b"bearer   abc", b"abc"), (b"Basic abc", b""), (b"Bearer ", b""), (b"Bearer", b"")):
            self.assertEqual(http.bearer(value), key)

    def test_theAddressIsTheEntryOfTheTrustedHop(self):
        for values, hops, address in (
            ([b"6.6.6.6, 192.0.2.1"], 1, b"192.0.2.1"),
            ([b"6.6.6.6, 192.0.2.1, 10.0.0.1"], 2, b"192.0.2.1"),
            ([b"6.6.6.6", b"192.0.2.1,\t10.0.0.1"], 2, b"192.0.2.1"),
            ([b"192.0.2.1"], 3, b"192.0.2.1"),
            ([b" , "], 1, None),
            ([], 1, None),
        ):
            self.assertEqual(http.forwarded_for(values, hops), address)
