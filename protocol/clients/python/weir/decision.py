"""What an agent answers, and what it is told afterwards."""

from __future__ import annotations

from typing import NamedTuple, Optional


class Ticket(NamedTuple):
    """What an allowed check is reported with; means nothing to anybody but the run of the agent that gave it."""

    data: bytes
    run: bytes


class Decision(NamedTuple):
    """The answer to a check; where there is none, what the client's own policy for trouble says."""

    #: Whether the request may pass.
    allowed: bool
    #: The HTTP status to send; 200 when allowed.
    status: int
    #: Why, in one word: ``ok``, ``rate``, ``quota``, ``blocked``, …
    reason: str
    #: What the decision rested on: ``local``, ``shared``, ``alone`` or ``shadow``.
    state: str = "local"
    #: The most constrained rule, or the one that denied; empty when none matched.
    rule: str = ""
    consumer: str = ""
    #: The rule's capacity; 0 when no limit is named.
    limit: int = 0
    #: What is left of it.
    remaining: int = 0
    #: Seconds in which the rule makes its capacity anew.
    window: int = 0
    #: Microseconds until the rule is full again.
    reset_us: int = 0
    #: Microseconds until the same request can pass: 0 when allowed, None when it never can.
    retry_after_us: Optional[int] = 0
    #: What to report with; None when there is nothing to report on.
    ticket: Optional[Ticket] = None
    #: Why the agent did not decide: ``unreachable``, ``timeout``, ``lost``, ``refused``, ``violation``, ``busy`` or
    #: ``undecided``; empty when it did.
    trouble: str = ""
    #: Whether the client remembered an earlier denial, and did not ask.
    remembered: bool = False
    #: What the rule counts in: ``requests`` (or what they cost), ``content-bytes`` or ``concurrent-requests``.
    unit: str = "requests"

    @property
    def retry_after(self) -> Optional[float]:
        """Seconds until the same request can pass; None when it never can."""
        return None if self.retry_after_us is None else self.retry_after_us / 1e6

    @property
    def reset(self) -> float:
        """Seconds until the rule is full again."""
        return self.reset_us / 1e6


class Report(NamedTuple):
    """What is known after the response."""

    ticket: Ticket
    #: The HTTP status of the response, 100 to 599.
    status: int
    #: Bytes of the request.
    bytes_in: int = 0
    #: Bytes of the response.
    bytes_out: int = 0
    #: What the request took, in units; None: what was reserved.
    cost: Optional[int] = None


def troubled(trouble: str, on_trouble: str) -> Decision:
    """What happens to a request that the agent did not decide."""
    if on_trouble == "open":
        return Decision(True, 200, "overload", trouble=trouble)
    return Decision(False, 503, "overload", retry_after_us=1_000_000, trouble=trouble)
