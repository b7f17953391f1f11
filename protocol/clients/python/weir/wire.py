"""The frames of the native protocol, version 1 (protocol/README.md). Pure: bytes in, bytes out."""

from __future__ import annotations

import struct
from typing import Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from weir.decision import Report

HELLO, CHECK, REPORT, RELEASE, PING = 0x01, 0x02, 0x03, 0x04, 0x05
HELLO_ANSWER, CHECK_ANSWER, REPORT_ANSWER, RELEASE_ANSWER, PING_ANSWER = 0x81, 0x82, 0x83, 0x84, 0x85
GOAWAY, ERROR = 0x86, 0xFF

PEEK, NO_WAIT, RESERVE = 1, 2, 4
#: The feature bit of agents that have slots.
CONCURRENCY = 4
LARGEST_FRAME = 16_384
MOST_REPORTS = 64
NEVER = 2**64 - 1
NO_TICKET = bytes(24)

NUMBERS = {
    name: number
    for number, name in enumerate(
        ("api_key", "ip", "method", "path", "host", "user", "consumer", "plan", "product", "route"), start=1
    )
}
REASONS = (
    "ok", "rate", "quota", "balance", "concurrency", "key-missing", "key-unknown", "key-revoked", "key-expired",
    "no-plan", "overload", "blocked", "too-large", "unlimited", "exempt", "no-policy",
)  # fmt: skip
STATES = ("local", "shared", "alone", "shadow")
UNITS = ("requests", "content-bytes", "concurrent-requests")

_header = struct.Struct("<IBBHQ")
_check = struct.Struct("<IBBHQIHH")
_answer = struct.Struct("<BBHBBBBQQIxxxxQQ24s")
_entry = struct.Struct("<24sHHIQQQ")

Value = Union[str, bytes]
Attributes = Mapping[str, Optional[Value]]


class InvalidRequest(ValueError):
    """A request or a report that cannot be sent; the message names the field."""


class WireError(Exception):
    """Bytes that are not what the protocol says."""

    def __init__(self, code: str, field: str, offset: int) -> None:
        super().__init__(f"{field} at byte {offset}: {code}")
        self.code, self.field, self.offset = code, field, offset


class Frame(NamedTuple):
    operation: int
    flags: int
    id: int
    #: The whole frame, header included.
    data: bytes


class CheckAnswer(NamedTuple):
    decision: int
    reason: int
    status: int
    state: int
    unit: int
    limit: int
    remaining: int
    window: int
    reset_us: int
    retry_after_us: int
    ticket: bytes
    rule: str
    consumer: str


class HelloAnswer(NamedTuple):
    version: int
    attributes: int
    features: int
    largest_frame: int
    in_flight: int
    incarnation: bytes
    agent: str


class ReportAnswer(NamedTuple):
    accepted: int
    repeated: int
    late: int
    unknown: int


# Writing


def attribute_bytes(attributes: Attributes) -> Tuple[int, bytes]:
    """The attributes of a check: their number, and their part of the frame."""
    parts: List[bytes] = []
    count = 0
    for name, value in attributes.items():
        if value is None:
            continue
        if isinstance(value, str):
            data = value.encode("utf-8", "surrogateescape")
        elif isinstance(value, bytes):
            data = value
        else:
            raise InvalidRequest(f"attribute value: {name} is {value!r}, expected text or bytes")
        if len(data) > 8192:
            raise InvalidRequest(f"attribute value length: {name} has {len(data)} bytes, expected at most 8192")
        number = NUMBERS.get(name, 0)
        if number:
            parts.append(struct.pack("<BBH", number, 0, len(data)))
        else:
            text = name.encode("utf-8", "surrogateescape")
            if not 1 <= len(text) <= 63:
                raise InvalidRequest(f"attribute name length: {name!r} has {len(text)} bytes, expected 1 to 63")
            parts.append(struct.pack("<BBH", 0, len(text), len(data)) + text)
        parts.append(data)
        count += 1
    if count > 32:
        raise InvalidRequest(f"attributes: {count} are given, a check takes at most 32")
    joined = b"".join(parts)
    if len(joined) > LARGEST_FRAME - 24:
        raise InvalidRequest(f"attributes: all together have {24 + len(joined)} bytes, expected at most {LARGEST_FRAME}")
    return count, joined


def check_frame(count: int, attributes: bytes, cost: int, flags: int, id: int) -> bytes:
    if not 0 <= cost <= 0xFFFFFFFF:
        raise InvalidRequest(f"cost: found {cost}, expected 0 to 4294967295")
    return _check.pack(24 + len(attributes), 1, CHECK, flags, id, cost, count, 0) + attributes


def problem_of(report: Report) -> Optional[str]:
    """Why a report cannot be sent; None when it can."""
    if not 100 <= report.status <= 599:
        return f"status: found {report.status}, expected 100 to 599"
    amounts = (("bytes in", report.bytes_in), ("bytes out", report.bytes_out), ("cost", report.cost or 0))
    for name, amount in amounts:
        if not 0 <= amount < 2**62:
            return f"{name}: found {amount}, expected 0 to 2**62 - 1"
    if len(report.ticket.data) != 24:
        return f"ticket: found {len(report.ticket.data)} bytes, expected 24"
    return None


def report_frame(reports: Sequence[Report], quiet: bool, id: int) -> bytes:
    if not 1 <= len(reports) <= MOST_REPORTS:
        raise InvalidRequest(f"reports: found {len(reports)}, expected 1 to {MOST_REPORTS}")
    entries = []
    for report in reports:
        problem = problem_of(report)
        if problem is not None:
            raise InvalidRequest(problem)
        has_cost, cost = (0, 0) if report.cost is None else (1, report.cost)
        entries.append(
            _entry.pack(report.ticket.data, report.status, has_cost, 0, report.bytes_in, report.bytes_out, cost)
        )
    head = _header.pack(24 + 56 * len(reports), 1, REPORT, 1 if quiet else 0, id)
    return head + struct.pack("<Q", len(reports)) + b"".join(entries)


def release_frame(tickets: Sequence[bytes], id: int) -> bytes:
    if not 1 <= len(tickets) <= MOST_REPORTS:
        raise InvalidRequest(f"tickets: found {len(tickets)}, expected 1 to {MOST_REPORTS}")
    return (
        _header.pack(24 + 24 * len(tickets), 1, RELEASE, 0, id)
        + struct.pack("<Q", len(tickets))
        + b"".join(tickets)
    )


def hello_frame(name: bytes, features: int, id: int) -> bytes:
    if len(name) > 64:
        raise InvalidRequest(f"client name length: found {len(name)}, expected at most 64")
    return _header.pack(24 + len(name), 1, HELLO, 0, id) + struct.pack("<HBxI", 1, len(name), features) + name


# Reading


class FrameReader:
    """Cuts the bytes of a connection into frames, however they come."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole by now.

        Raises WireError when the bytes are no frames; the connection is of no use then.
        """
        self._bytes += data
        start, total = 0, len(self._bytes)
        try:
            while total - start >= 4:
                length = int.from_bytes(self._bytes[start : start + 4], "little")
                if not 16 <= length <= LARGEST_FRAME:
                    raise WireError("bad_length", "length", 0)
                if total - start < 16:
                    return
                _, version, operation, flags, id = _header.unpack_from(self._bytes, start)
                if version != 1:
                    raise WireError("bad_version", "version", 4)
                if flags > 0xFF:
                    raise WireError("bad_value", "flags", 6)
                if total - start < length:
                    return
                frame = Frame(operation, flags, id, bytes(self._bytes[start : start + length]))
                start += length
                yield frame
        finally:
            del self._bytes[:start]


def read_check_answer(data: bytes) -> CheckAnswer:
    if len(data) < 88:
        raise WireError("truncated", "answer", len(data))
    decision, reason, status, state, rule_length, consumer_length, unit, limit, left, window, reset, retry, ticket = (
        _answer.unpack_from(data, 16)
    )
    end = 88 + rule_length
    if end + consumer_length > len(data):
        raise WireError("truncated", "rule", 88)
    rule = data[88:end].decode("utf-8", "replace")
    consumer = data[end : end + consumer_length].decode("utf-8", "replace") if consumer_length else ""
    return CheckAnswer(decision, reason, status, state, unit, limit, left, window, reset, retry, ticket, rule, consumer)


def read_hello_answer(data: bytes) -> HelloAnswer:
    if len(data) < 52:
        raise WireError("truncated", "answer", len(data))
    version, attributes, features, largest, in_flight = struct.unpack_from("<HHIII", data, 16)
    name = data[52 : 52 + data[48]].decode("utf-8", "replace")
    return HelloAnswer(version, attributes, features, largest, in_flight, data[32:48], name)


def read_report_answer(data: bytes) -> ReportAnswer:
    if len(data) < 24:
        raise WireError("truncated", "answer", len(data))
    return ReportAnswer(*struct.unpack_from("<HHHH", data, 16))


def read_release_answer(data: bytes) -> Tuple[int, int]:
    """How many slots came back, and how many tickets held none."""
    if len(data) < 20:
        raise WireError("truncated", "answer", len(data))
    released, unknown = struct.unpack_from("<HH", data, 16)
    return released, unknown


def read_goaway(data: bytes) -> Tuple[int, int]:
    """The reason, and the grace in milliseconds."""
    if len(data) < 24:
        raise WireError("truncated", "goaway", len(data))
    reason, grace = struct.unpack_from("<HxxI", data, 16)
    return reason, grace


def read_error(data: bytes) -> Tuple[int, int, bytes]:
    """The code, the offset at fault, and the message."""
    if len(data) < 24:
        raise WireError("truncated", "error", len(data))
    code, offset, length = struct.unpack_from("<HHH", data, 16)
    return code, offset, data[24 : 24 + length]
