"""The shared vectors: what an agent says is read, whole and cut at every byte; what a client says is written byte for byte."""

import os
import re
import unittest
from urllib.parse import unquote_to_bytes

from weir import wire
from weir.decision import Report, Ticket

#: Read as `expect` says, but in a form that this client does not write: longer than needed, or of another version.
OTHER_FORMS = {
    "check-unknown-attributes", "check-well-known-by-name", "check-reserved-not-zero", "check-32-attributes",
    "check-twice-unknown", "report-cost-without-its-flag", "report-optional-entry-flags", "hello-version-9",
    "check-empty-value",
}  # fmt: skip


def vectors():
    path = os.path.join(os.path.dirname(__file__), "../../../vectors/frames.txt")
    with open(path) as file:
        text = "\n".join(line for line in file.read().split("\n") if not line.startswith("#"))
    for block in text.split("\n\n"):
        fields = dict(line.split(None, 1) for line in block.strip().split("\n") if line.strip())
        if fields:
            yield fields["vector"], bytes.fromhex(fields["hex"].replace(" ", "")), fields["expect"]


def written_text(data):
    return "".join(chr(b) if 0x21 <= b <= 0x7E and b != 0x25 else f"%{b:02x}" for b in data)


def ticket_text(data):
    return "-" if data == wire.NO_TICKET else data.hex()


def describe(parts):
    """What the reader finds in bytes that come in these parts, in the vectors' words."""
    reader = wire.FrameReader()
    try:
        for part in parts:
            for frame in reader.feed(part):
                return describe_frame(frame)
    except wire.WireError as error:
        return f"error {error.code} field={error.field.replace(' ', '%20')} offset={error.offset}"
    return "incomplete"


def describe_frame(frame):
    data = frame.data
    if frame.operation == wire.HELLO_ANSWER:
        a = wire.read_hello_answer(data)
        return (
            f"hello-answer id={frame.id} version={a.version} attributes={a.attributes} features={a.features} "
            f"frame={a.largest_frame} inflight={a.in_flight} incarnation={a.incarnation[::-1].hex()} agent={a.agent}"
        )
    if frame.operation == wire.CHECK_ANSWER:
        a = wire.read_check_answer(data)
        retry = "never" if a.retry_after_us == wire.NEVER else a.retry_after_us
        return (
            f"check-answer id={frame.id} decision={('allow', 'deny', 'error')[a.decision]} reason={wire.REASONS[a.reason]} "
            f"status={a.status} state={wire.STATES[a.state]} limit={a.limit} remaining={a.remaining} window={a.window} "
            f"reset={a.reset_us} retry={retry} ticket={ticket_text(a.ticket)} rule={a.rule} consumer={a.consumer}"
        )
    if frame.operation == wire.REPORT_ANSWER:
        return "report-answer id=%d accepted=%d repeated=%d late=%d unknown=%d" % (frame.id, *wire.read_report_answer(data))
    if frame.operation == wire.RELEASE_ANSWER:
        return "release-answer id=%d released=%d unknown=%d" % (frame.id, *wire.read_release_answer(data))
    if frame.operation == wire.PING_ANSWER:
        return f"ping-answer id={frame.id}"
    if frame.operation == wire.GOAWAY:
        return "goaway reason=%d grace=%d" % wire.read_goaway(data)
    if frame.operation == wire.ERROR:
        code, offset, message = wire.read_error(data)
        return f"error-frame id={frame.id} code={code} offset={offset} message={written_text(message)}"
    return f"other {frame.operation}"


def write(expect):
    """The frame that this client writes for a request."""
    kind, *fields = expect.split(" ")
    pairs = [field.split("=", 1) for field in fields]
    first = dict(reversed(pairs))
    id = int(first["id"])
    if kind == "check":
        values = {name: unquote_to_bytes(value) for name, value in pairs[3:]}
        return wire.check_frame(*wire.attribute_bytes(values), int(first["cost"]), int(first["flags"]), id)
    if kind == "hello":
        return wire.hello_frame(unquote_to_bytes(first["client"]), int(first["features"]), id)
    tickets = [bytes.fromhex(v) if v != "-" else wire.NO_TICKET for name, v in pairs if name == "ticket"]
    if kind == "release":
        return wire.release_frame(tickets, id)
    reports = []
    for part in re.split(r" (?=ticket=)", expect)[1:]:
        f = dict(field.split("=", 1) for field in part.split(" "))
        cost = int(f["cost"]) if "cost" in f else None
        reports.append(Report(Ticket(tickets[len(reports)], b""), int(f["status"]), int(f["in"]), int(f["out"]), cost))
    return wire.report_frame(reports, bool(int(first["flags"]) & 1), id)


class VectorTests(unittest.TestCase):
    def test_whatAnAgentSaysIsReadWholeAndCutAtEveryByte(self):
        read = 0
        for name, data, expect in vectors():
            kind = expect.split(" ")[0]
            if kind in ("check", "report", "release", "hello", "ping"):
                continue
            if kind == "error" and not re.match(r"error (bad_length|bad_version|bad_value field=flags)", expect):
                continue  # a request that agents refuse: below
            with self.subTest(name):
                read += 1
                self.assertEqual(describe([data]), expect)
                self.assertEqual(describe(data[i : i + 1] for i in range(len(data))), expect)
                for cut in range(len(data)):
                    self.assertEqual(describe([data[:cut], data[cut:]]), expect)
        self.assertGreaterEqual(read, 23)

    def test_whatAClientSaysIsWrittenByteForByte(self):
        written = 0
        for name, data, expect in vectors():
            if expect.split(" ")[0] not in ("check", "report", "release", "hello"):
                continue
            with self.subTest(name):
                if name in OTHER_FORMS:
                    self.assertLessEqual(len(write(expect)), len(data))
                    continue
                written += 1
                self.assertEqual(write(expect).hex(), data.hex())
        self.assertGreaterEqual(written, 24)

    def test_whatAgentsRefuseIsNotWritten(self):
        ticket = Ticket(bytes(range(24)), b"")
        for field, make in (
            ("attributes", lambda: wire.attribute_bytes({f"x{i}": "" for i in range(33)})),
            ("attribute name length", lambda: wire.attribute_bytes({"": "x"})),
            ("attribute name length", lambda: wire.attribute_bytes({"n" * 64: "x"})),
            ("attribute value length", lambda: wire.attribute_bytes({"user": "v" * 8193})),
            ("attribute value", lambda: wire.attribute_bytes({"user": 5})),
            ("attributes", lambda: wire.attribute_bytes({"user": "v" * 8192, "path": "v" * 8192})),
            ("cost", lambda: wire.check_frame(0, b"", 2**32, 0, 1)),
            ("cost", lambda: wire.check_frame(0, b"", -1, 0, 1)),
            ("reports", lambda: wire.report_frame([], False, 1)),
            ("reports", lambda: wire.report_frame([Report(ticket, 200)] * 65, False, 1)),
            ("status", lambda: wire.report_frame([Report(ticket, 99)], False, 1)),
            ("status", lambda: wire.report_frame([Report(ticket, 200), Report(ticket, 600)], False, 1)),
            ("bytes in", lambda: wire.report_frame([Report(ticket, 200, 2**62)], False, 1)),
            ("bytes out", lambda: wire.report_frame([Report(ticket, 200, 0, 2**62)], False, 1)),
            ("cost", lambda: wire.report_frame([Report(ticket, 200, 0, 0, 2**62)], False, 1)),
            ("tickets", lambda: wire.release_frame([], 1)),
            ("tickets", lambda: wire.release_frame([ticket.data] * 65, 1)),
            ("client name length", lambda: wire.hello_frame(b"n" * 65, 0, 1)),
        ):
            with self.subTest(field):
                with self.assertRaises(wire.InvalidRequest) as caught:
                    make()
                self.assertTrue(str(caught.exception).startswith(field + ":"), caught.exception)
        self.assertEqual(wire.attribute_bytes({"user": None, "n" * 63: "v" * 8192})[0], 1)
