"""One conversation with an agent, over one connection after the other. Pure: no sockets, no clock."""

from __future__ import annotations

import random
from collections import deque
from typing import Callable, Deque, Dict, List, NamedTuple, Optional

from weir import wire
from weir.decision import Decision, Report, Ticket, troubled
from weir.denials import Denials

OFFLINE, GREETING, READY, LEAVING = "offline", "greeting", "ready", "leaving"

#: Between two attempts to connect: this, and up to as much again by chance.
ATTEMPT = 0.1
#: Silence after which new checks do not wait for their deadline, and after which the connection is given up.
STALL, GIVE_UP = 0.1, 1.0
#: Late answers that a connection may owe.
MOST_OWED = 512
#: Reports that wait; beyond, new ones are dropped.
MOST_REPORTS_WAITING = 4096


class Options(NamedTuple):
    deadline: float
    on_trouble: str
    quiet_reports: bool
    report_delay: float
    name: bytes
    log: Callable[[str], None]


class Stats:
    """What became of checks and reports."""

    def __init__(self) -> None:
        self.checks = self.remembered = self.troubles = self.late = self.connections = 0
        self.reports_sent = self.reports_counted = self.reports_repeated = self.reports_late = 0
        #: By the agent, or of a run that is over.
        self.reports_unknown = 0
        #: There was no room, or the agent refused the frame.
        self.reports_dropped = 0


class Call:
    """A check that waits for its decision."""

    __slots__ = ("id", "frame", "cost", "key", "deadline", "attempts", "is_sent", "decision", "done")

    def __init__(self, frame: bytes, id: int, cost: int, key: Optional[bytes], deadline: float) -> None:
        self.id, self.frame, self.cost, self.key, self.deadline = id, frame, cost, key, deadline
        self.attempts = 0
        self.is_sent = False
        self.decision: Optional[Decision] = None
        #: Called with the decision, once.
        self.done: Optional[Callable[[Decision], None]] = None


class _Waiting(NamedTuple):
    report: Report
    since: float


class Session:
    """Who waits for what, and what is to be sent; `Connection` moves the bytes."""

    def __init__(self, options: Options, denials: Optional[Denials], stats: Stats) -> None:
        self.options, self.denials, self.stats = options, denials, stats
        self.phase = OFFLINE
        self.run = b""
        self.calls: Dict[int, Call] = {}
        self.attempt_at = 0.0
        self.leave_at = 0.0
        self._next_id = 1
        self._in_trouble = False
        self._features = 0
        self._largest_frame = wire.LARGEST_FRAME
        self._most_in_flight = 1024
        self._reader = wire.FrameReader()
        self._hello: Optional[bytes] = None
        self._unsent: Deque[Call] = deque()
        self._reports: Deque[_Waiting] = deque()
        self._unanswered: Dict[int, List[Report]] = {}
        self._releases: List[bytes] = []
        self._farewell = b""
        self._owed = 0
        self._asked_at: Optional[float] = None

    # What callers ask for

    def begin(self, attributes: wire.Attributes, cost: int, flags: int, deadline: float, now: float) -> Call:
        """Puts a check on its way; or decides it at once, from memory or because of trouble."""
        count, data = wire.attribute_bytes(attributes)
        frame = wire.check_frame(count, data, cost, flags, self._next_id)
        if len(frame) > self._largest_frame:
            raise wire.InvalidRequest(
                f"attributes: {len(frame)} bytes, expected at most {self._largest_frame} (the agent's WEIR_MAX_FRAME)"
            )
        self.stats.checks += 1
        key = None
        if self.denials is not None and not flags & wire.PEEK:
            key = self.denials.key(data)
        call = Call(frame, self._next_id, cost, key, now + deadline)
        self._next_id += 1
        remembered = self.denials.find(key, cost, now) if key is not None and self.denials is not None else None
        if remembered is not None:
            self.stats.remembered += 1
            call.decision = remembered
        elif self.is_stalled(now):
            self._trouble(call, "timeout")
        elif len(self.calls) + self._owed >= self._most_in_flight:
            self._trouble(call, "busy")
        else:
            self.calls[call.id] = call
            self._unsent.append(call)
        return call

    def cancel(self, call: Call) -> None:
        """Nobody waits any more: a slot that the answer holds is given back when it comes."""
        if self.calls.pop(call.id, None) is not None:
            if call.is_sent:
                self._owed += 1
            else:
                self._unsent.remove(call)
        elif call.decision is not None and call.decision.allowed and call.decision.ticket is not None:
            self.release(call.decision.ticket)

    def report(self, report: Report, now: float) -> None:
        problem = wire.problem_of(report)
        if problem is not None:
            raise wire.InvalidRequest(problem)
        waiting = len(self._reports) + sum(map(len, self._unanswered.values()))
        if waiting >= MOST_REPORTS_WAITING:
            self.stats.reports_dropped += 1
        else:
            self._reports.append(_Waiting(report, now))

    def release(self, ticket: Ticket) -> None:
        # A ticket of another run holds nothing any more. A session that never was connected takes it: another thread asked.
        if ticket.run == self.run or not self.run:
            self._releases.append(ticket.data)

    # What is to be sent

    @property
    def wants_connection(self) -> bool:
        return self.phase == OFFLINE and bool(self.calls or self._reports or self._releases)

    def is_due(self, now: float) -> bool:
        """Whether reports have waited long enough for others."""
        return len(self._reports) >= wire.MOST_REPORTS or (
            bool(self._reports) and now >= self._reports[0].since + self.options.report_delay
        )

    @property
    def unanswered_reports(self) -> int:
        return len(self._reports) + sum(map(len, self._unanswered.values()))

    def output(self, now: float, flush: bool = False) -> bytes:
        """Bytes that are to be sent now, once."""
        if self.phase == GREETING and self._hello is not None:
            hello, self._hello = self._hello, None
            return hello
        if self.phase == LEAVING:
            farewell, self._farewell = self._farewell, b""
            return farewell
        if self.phase != READY:
            return b""
        parts: List[bytes] = []
        if self._releases:
            for start in range(0, len(self._releases), wire.MOST_REPORTS):
                parts.append(wire.release_frame(self._releases[start : start + wire.MOST_REPORTS], self._take_id()))
            self._releases = []
        if self._reports and (flush or self._unsent or self.is_due(now)):
            parts.extend(self._report_frames())
        while self._unsent:
            call = self._unsent.popleft()
            call.is_sent = True
            call.attempts += 1
            parts.append(call.frame)
        if parts and self._asked_at is None and (self.calls or self._unanswered):
            self._asked_at = now
        return b"".join(parts)

    def _report_frames(self) -> List[bytes]:
        frames: List[bytes] = []
        batch: List[Report] = []
        while self._reports:
            report = self._reports.popleft().report
            if report.ticket.run == self.run:
                batch.append(report)
            else:
                self.stats.reports_unknown += 1
            if batch and (len(batch) == wire.MOST_REPORTS or not self._reports):
                id = self._take_id()
                frames.append(wire.report_frame(batch, self.options.quiet_reports, id))
                self.stats.reports_sent += len(batch)
                if not self.options.quiet_reports:
                    self._unanswered[id] = batch
                batch = []
        return frames

    def _take_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def wake_at(self, now: float) -> Optional[float]:
        """When there is something to do though nothing has come; None when there is not. Deadlines that are not the
        client's own are their callers'."""
        times: List[float] = []
        for call in self.calls.values():  # in the order of their deadlines, where all are the client's own
            times.append(call.deadline)
            break
        if self._reports and self.phase == READY:
            times.append(self._reports[0].since + self.options.report_delay)
        if (self._reports or self._releases) and self.phase == OFFLINE:
            times.append(self.attempt_at)
        if self.phase == LEAVING:
            times.append(self.leave_at)
        if self._asked_at is not None:
            times.append(self._asked_at + max(GIVE_UP, 10 * self.options.deadline))
        return max(now, min(times)) if times else None

    # What becomes of the connection

    def may_connect(self, now: float) -> bool:
        return now >= self.attempt_at

    def connecting(self, now: float) -> None:
        self.attempt_at = now + ATTEMPT * (1 + random.random())

    def connected(self, now: float) -> None:
        self.phase = GREETING
        self.stats.connections += 1
        self._reader = wire.FrameReader()
        self._hello = wire.hello_frame(self.options.name, 0xF, self._take_id())
        self._asked_at = now

    def unreachable(self, why: str) -> None:
        """There is no connection, and none may be made just now."""
        self._say("no agent", why)
        self._fail_all("unreachable")

    def lost(self, now: float, trouble: str = "lost", why: str = "") -> None:
        """The connection is gone: unanswered reports go over the next one, unanswered checks are asked again once."""
        was_leaving = self.phase == LEAVING
        if not was_leaving and (self.calls or trouble != "lost"):
            self._say("the agent closed the connection" if trouble == "lost" else "the connection was given up", why)
        self.phase = OFFLINE
        self._owed = 0
        self._asked_at = None
        self._releases = []
        self._hello, self._farewell = None, b""
        for batch in reversed(list(self._unanswered.values())):
            self._reports.extendleft(_Waiting(report, 0.0) for report in reversed(batch))
        self._unanswered = {}
        may_ask_again = trouble == "lost" and self.may_connect(now)
        for call in list(self.calls.values()):
            if not call.is_sent and (was_leaving or may_ask_again) and trouble == "lost":
                continue
            if may_ask_again and call.attempts < 2:
                # Asked again, a check may take tokens twice, never admit more than the limit.
                call.is_sent = False
                self._unsent.append(call)
            else:
                self._finish(call, self._decision_of(trouble))
        self._unsent = deque(call for call in self._unsent if call.decision is None)

    def expire(self, now: float) -> None:
        """Answers whose deadline is over are not waited for."""
        for call in [call for call in self.calls.values() if now >= call.deadline]:
            self._say("no answer in time", "")
            if call.is_sent:
                self._owed += 1
            self._finish(call, self._decision_of("timeout"))
        self._unsent = deque(call for call in self._unsent if call.decision is None)

    def silence(self, now: float) -> float:
        """How long the agent has said nothing though it was asked."""
        return 0.0 if self._asked_at is None else now - self._asked_at

    def is_stalled(self, now: float) -> bool:
        if self.phase == GREETING:
            return self.silence(now) > self.options.deadline
        patience = max(STALL, 2 * self.options.deadline)
        return self.phase == READY and self._owed > 0 and self.silence(now) > patience

    def is_hopeless(self, now: float) -> bool:
        """Whether the connection is to be closed and opened again."""
        return self.phase != OFFLINE and (
            self._owed > MOST_OWED or self.silence(now) > max(GIVE_UP, 10 * self.options.deadline)
        )

    def has_left(self, now: float) -> bool:
        """Whether a connection that the agent wants closed has nothing more to say."""
        if self.phase != LEAVING or self._farewell:
            return False
        is_waiting = bool(self._unanswered) or any(call.is_sent for call in self.calls.values())
        return not is_waiting or now >= self.leave_at

    # What the agent says

    def received(self, data: bytes, now: float) -> Optional[str]:
        """Takes bytes as they came. Returns the trouble for which the connection is to be closed; None when there is
        none."""
        self._asked_at = None
        try:
            for frame in self._reader.feed(data):
                trouble = self._take(frame, now)
                if trouble is not None:
                    return trouble
        except wire.WireError as error:
            self._say("the agent's answer was not understood", str(error))
            return "violation"
        if self.calls or self._owed:
            self._asked_at = now
        return None

    def _take(self, frame: wire.Frame, now: float) -> Optional[str]:
        if frame.operation == wire.CHECK_ANSWER:
            self._take_check(frame, now)
        elif frame.operation == wire.REPORT_ANSWER:
            answer = wire.read_report_answer(frame.data)
            self._unanswered.pop(frame.id, None)
            self.stats.reports_counted += answer.accepted
            self.stats.reports_repeated += answer.repeated
            self.stats.reports_late += answer.late
            self.stats.reports_unknown += answer.unknown
        elif frame.operation == wire.HELLO_ANSWER:
            self._take_hello(wire.read_hello_answer(frame.data))
        elif frame.operation == wire.GOAWAY:
            return self._take_goaway(now)
        elif frame.operation == wire.ERROR:
            return self._take_error(frame)
        return None  # PING, RELEASE, or of a later version

    def _take_hello(self, hello: wire.HelloAnswer) -> None:
        if hello.version != 1:
            raise wire.WireError("bad_value", "version", 16)
        if self.run != hello.incarnation and self.denials is not None:
            self.denials.clear()
        if self.run and self.run != hello.incarnation:
            self._releases = []
        self.run = hello.incarnation
        self._features = hello.features
        self._largest_frame = min(hello.largest_frame, wire.LARGEST_FRAME)
        self._most_in_flight = max(1, min(hello.in_flight, 1024))
        if self.phase == GREETING:
            self.phase = READY
            self._recovered()
            for call in [call for call in self._unsent if len(call.frame) > self._largest_frame]:
                # Sent, it would end the connection for all.
                self._unsent.remove(call)
                self._finish(call, Decision(False, 400, "other", retry_after_us=None, trouble="invalid"))

    def _take_check(self, frame: wire.Frame, now: float) -> None:
        answer = wire.read_check_answer(frame.data)
        call = self.calls.get(frame.id)
        if call is None:
            # Late: nobody will report on it, and a slot that it took is given back.
            self.stats.late += 1
            self._owed = max(0, self._owed - 1)
            if self._features & wire.CONCURRENCY and answer.ticket != wire.NO_TICKET:
                self._releases.append(answer.ticket)
            return
        self._recovered()
        if answer.decision > 1:
            return self._finish(call, self._decision_of("undecided"))
        decision = Decision(
            answer.decision == 0,
            answer.status,
            wire.REASONS[answer.reason] if answer.reason < len(wire.REASONS) else "other",
            wire.STATES[answer.state] if answer.state < len(wire.STATES) else "other",
            answer.rule,
            answer.consumer,
            answer.limit,
            answer.remaining,
            answer.window,
            answer.reset_us,
            None if answer.retry_after_us == wire.NEVER else answer.retry_after_us,
            None if answer.ticket == wire.NO_TICKET else Ticket(answer.ticket, self.run),
            unit=wire.UNITS[answer.unit] if answer.unit < len(wire.UNITS) else "other",
        )
        if call.key is not None and self.denials is not None:
            self.denials.note(call.key, call.cost, decision, now)
        self._finish(call, decision)

    def _take_goaway(self, now: float) -> Optional[str]:
        if self.phase == GREETING:
            return "lost"
        if self.phase == READY:
            # What a successor cannot know is told now; checks that come wait for the next connection.
            self._farewell = b"".join(self._report_frames())
            self.phase = LEAVING
            self.leave_at = now + self.options.deadline
        return None

    def _take_error(self, frame: wire.Frame) -> str:
        _, _, message = wire.read_error(frame.data)
        text = "".join(c if c.isprintable() else "?" for c in message[:200].decode("utf-8", "replace"))
        self._in_trouble = False  # said each time: it is a defect, or a right that is missing
        self._say("the agent refused", text)
        # A frame at fault is not sent again.
        self.stats.reports_dropped += len(self._unanswered.pop(frame.id, []))
        return "refused"

    # Ends of calls

    def _decision_of(self, trouble: str) -> Decision:
        self.stats.troubles += 1
        return troubled(trouble, self.options.on_trouble)

    def _trouble(self, call: Call, trouble: str) -> None:
        call.decision = self._decision_of(trouble)

    def _finish(self, call: Call, decision: Decision) -> None:
        self.calls.pop(call.id, None)
        call.decision = decision
        if call.done is not None:
            call.done(decision)

    def _fail_all(self, trouble: str) -> None:
        self._unsent.clear()
        for call in list(self.calls.values()):
            self._finish(call, self._decision_of(trouble))

    def _say(self, what: str, why: str) -> None:
        # Trouble is logged when it begins and when it is over.
        if not self._in_trouble:
            self.options.log(f"{what}: {why}" if why else what)
        self._in_trouble = True

    def _recovered(self) -> None:
        if self._in_trouble:
            self._in_trouble = False
            self.options.log("the agent answers")
