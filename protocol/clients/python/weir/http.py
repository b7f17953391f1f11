"""Decisions as HTTP responses, in the words of the agent's HTTP door."""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Sequence, Tuple

from weir.decision import Decision

Fields = List[Tuple[str, str]]

_phrases = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
    408: "Request Timeout", 413: "Content Too Large", 414: "URI Too Long", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 501: "Not Implemented", 503: "Service Unavailable",
}  # fmt: skip
_problems = "https://iana.org/assignments/http-problem-types#"
_exceeded = (_problems + "quota-exceeded", "Request cannot be satisfied as assigned quota has been exceeded")
_reduced = (
    _problems + "temporary-reduced-capacity",
    "Request cannot be satisfied due to temporary server capacity constraints",
)


class Response(NamedTuple):
    status: int
    fields: Fields
    body: bytes


def phrase(status: int) -> str:
    """The words behind a status."""
    return _phrases.get(status, "Denied")


def rate_limit_fields(decision: Decision) -> Fields:
    """``RateLimit`` and ``RateLimit-Policy`` (draft-ietf-httpapi-ratelimit-headers-10); none without a limit."""
    if decision.limit == 0 or not decision.rule:
        return []
    wait = decision.reset_us if decision.allowed else decision.retry_after_us
    rest = "" if wait is None else f";t={_seconds(wait)}"
    return [
        ("RateLimit", f'"{decision.rule}";r={decision.remaining}{rest}'),
        ("RateLimit-Policy", f'"{decision.rule}";q={decision.limit}{_unit(decision)}'),
    ]


def _unit(decision: Decision) -> str:
    unit = f';qu="{decision.unit}"' if decision.unit in ("content-bytes", "concurrent-requests") else ""
    # Requests at once have no window.
    window = f";w={decision.window}" if decision.window > 0 and decision.unit != "concurrent-requests" else ""
    return unit + window


def retry_after(decision: Decision) -> Optional[int]:
    """Whole seconds, never too early; None when the same request never passes."""
    if decision.retry_after_us is None:
        return None
    return 0 if decision.allowed else max(1, _seconds(decision.retry_after_us))


def denial(decision: Decision) -> Response:
    """What a denied request is answered."""
    if decision.reason in ("rate", "quota", "concurrency", "too-large"):
        kind, title = _exceeded
    elif decision.reason == "overload":
        kind, title = _reduced
    else:
        kind, title = "about:blank", phrase(decision.status)
    violated = f',"violated-policies":["{decision.rule}"]' if decision.limit and decision.rule else ""
    body = (
        f'{{"type":"{kind}","title":"{title}","status":{decision.status},"reason":"{decision.reason}"{violated}}}'
    ).encode()
    fields = _problem_fields(decision.status, body) + rate_limit_fields(decision)
    seconds = retry_after(decision)
    if seconds is not None:
        fields.append(("Retry-After", str(seconds)))
    return Response(decision.status, fields, body)


def refusal(status: int, detail: str) -> Response:
    """What a request is answered that no agent can be asked about."""
    body = f'{{"type":"about:blank","title":"{phrase(status)}","status":{status},"detail":"{detail}"}}'.encode()
    return Response(status, _problem_fields(status, body), body)


def _problem_fields(status: int, body: bytes) -> Fields:
    fields = [
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Content-Type", "application/problem+json"),
    ]
    if status == 401:
        fields.append(("WWW-Authenticate", 'Bearer realm="api"'))
    return fields


def _seconds(microseconds: int) -> int:
    return -(-microseconds // 1_000_000)


def bearer(authorization: bytes) -> bytes:
    """What stands behind ``Bearer``; empty for any other scheme, which is no key."""
    if len(authorization) > 7 and authorization[:7].lower() == b"bearer ":
        return authorization[7:].lstrip(b" ")
    return b""


def forwarded_for(values: Sequence[bytes], hops: int) -> Optional[bytes]:
    """The ``hops``-th entry from the right of all ``X-Forwarded-For`` fields; the first one where there are fewer."""
    entries = [entry.strip(b" \t") for value in values for entry in value.split(b",")]
    entries = [entry for entry in entries if entry]
    return entries[max(0, len(entries) - hops)] if entries else None
