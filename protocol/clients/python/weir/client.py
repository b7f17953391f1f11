"""The client of programs with threads."""

from __future__ import annotations

import logging
import os
import select
import threading
import time
import weakref
from typing import Callable, List, Optional

from weir.connection import Connection
from weir.decision import Decision, Report, Ticket
from weir.denials import Denials
from weir.session import LEAVING, Options, Session, Stats
from weir.settings import Settings
from weir.wire import NO_WAIT, PEEK, RESERVE, Attributes

_logger = logging.getLogger("weir")


class _Line:
    """A connection, its lock, and what waits for it."""

    def __init__(self, path: str, session: Session) -> None:
        self.lock = threading.Lock()
        self.connection = Connection(path, session)
        self.session = session

    def wait(self, seconds: float) -> bool:
        """Waits for the socket; whether there is something to read."""
        waited = self.connection.socket
        if waited is None:
            return False
        poll = select.poll()
        poll.register(waited, select.POLLIN | (select.POLLOUT if self.connection.has_output else 0))
        return bool(poll.poll(max(0, -int(-seconds * 1000 // 1))))


class _Lease:
    """A thread's line, which goes back when the thread is over."""

    def __init__(self, line: _Line, give_back: "Callable[[_Line], None]") -> None:
        self.line, self._give_back = line, give_back

    def __del__(self) -> None:
        self._give_back(self.line)


class Client:
    """Asks an agent whether requests may pass. Threads share a client; each has a connection of its own.

    Settings that are not given come from the environment: ``WEIR_SOCKET``, ``WEIR_CLIENT_DEADLINE``,
    ``WEIR_CLIENT_ON_TROUBLE`` and ``WEIR_CLIENT_DENY_CACHE``. No method raises because of the agent: on trouble a check is decided by ``on_trouble``.

    Reports leave at once, or together with others after at most ``report_delay`` seconds. ``quiet_reports`` are not
    answered, and never sent again. ``deny_cache`` is how many seconds a denial is remembered at most (0: not at all).
    """

    def __init__(
        self,
        socket: Optional[str] = None,
        *,
        deadline: Optional[float] = None,
        on_trouble: Optional[str] = None,
        report_delay: float = 0.0,
        quiet_reports: bool = False,
        deny_cache: Optional[float] = None,
    ) -> None:
        self.settings = Settings.from_environment(socket, deadline, on_trouble, deny_cache)
        self.stats = Stats()
        self._options = Options(
            self.settings.deadline, self.settings.on_trouble, quiet_reports, report_delay, b"python/1.0", _logger.warning
        )
        self._start()
        _clients.add(self)

    def _start(self) -> None:
        self._denials = Denials(longest=self.settings.deny_cache) if self.settings.deny_cache > 0 else None
        self._local = threading.local()
        self._lock = threading.Lock()
        self._lines: List[_Line] = []
        self._free: List[_Line] = []
        self._wake = threading.Event()
        self._flusher: Optional[threading.Thread] = None

    def check(
        self,
        attributes: Attributes,
        cost: int = 1,
        *,
        peek: bool = False,
        reserve: bool = False,
        wait: bool = True,
        deadline: Optional[float] = None,
    ) -> Decision:
        """Asks whether a request may pass; takes at most the deadline.

        ``attributes`` are those of the protocol (``ip``, ``method``, ``path``, ``host``, ``api_key``, ``user``, …) and
        of your own; None is left out. ``peek`` takes and counts nothing; with ``reserve`` the cost is an estimate that a
        report settles; without ``wait`` the agent does not ask its store.

        Raises InvalidRequest when the request cannot be sent: too many or too long attributes.
        """
        flags = (PEEK if peek else 0) | (RESERVE if reserve else 0) | (0 if wait else NO_WAIT)
        line = self._line()
        with line.lock:
            now = time.monotonic()
            if line.session.is_stalled(now):
                line.connection.advance(now, reads=True)
            limit = self.settings.deadline if deadline is None else deadline
            call = line.session.begin(attributes, cost, flags, limit, now)
            reads = False
            while call.decision is None:
                line.connection.advance(now, reads)
                if call.decision is not None:
                    break
                until = call.deadline if line.session.phase != LEAVING else min(call.deadline, line.session.leave_at)
                reads = line.wait(until - now)
                now = time.monotonic()
            return call.decision

    def report(
        self,
        ticket: Optional[Ticket],
        *,
        status: int,
        bytes_in: int = 0,
        bytes_out: int = 0,
        cost: Optional[int] = None,
    ) -> None:
        """Tells what came of an allowed request; does not wait. Without a ticket there is nothing to tell."""
        if ticket is None:
            return
        line = self._line()
        with line.lock:
            now = time.monotonic()
            line.session.report(Report(ticket, status, bytes_in, bytes_out, cost), now)
            if line.session.is_due(now):
                line.connection.advance(now, reads=line.session.unanswered_reports > 32)
                return
        self._flush_later()

    def release(self, ticket: Optional[Ticket]) -> None:
        """The request is over, or never ran, and will not be reported on: the slots that it holds are free."""
        if ticket is None:
            return
        line = self._line()
        with line.lock:
            line.session.release(ticket)
            line.connection.advance(time.monotonic(), reads=False)

    def flush(self, timeout: float = 1.0) -> int:
        """Sends all reports and waits for their answers. Returns how many have none when the time is over."""
        end = time.monotonic() + timeout
        left = 0
        for line in self._all():
            with line.lock:
                reads = False
                while True:
                    now = time.monotonic()
                    line.connection.advance(now, reads=True, flush=True)
                    if line.session.unanswered_reports == 0 or now >= end:
                        break
                    if not line.wait(min(0.05, end - now)) and line.connection.socket is None:
                        time.sleep(min(0.01, max(0.0, end - now)))
                left += line.session.unanswered_reports
        return left

    def close(self, timeout: float = 0.1) -> None:
        """Sends what waits, and closes all connections. The client can go on: it connects again."""
        self.flush(timeout)
        for line in self._all():
            with line.lock:
                line.connection.close(time.monotonic())

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Lines

    def _line(self) -> _Line:
        lease: Optional[_Lease] = getattr(self._local, "lease", None)
        if lease is not None:
            return lease.line
        with self._lock:
            if self._free:
                line = self._free.pop()
            else:
                line = _Line(self.settings.socket, Session(self._options, self._denials, self.stats))
                self._lines.append(line)
        self._local.lease = _Lease(line, self._free.append)
        return line

    def _all(self) -> List[_Line]:
        with self._lock:
            return list(self._lines)

    def _flush_later(self) -> None:
        if self._flusher is None:
            with self._lock:
                if self._flusher is None:
                    self._flusher = threading.Thread(
                        target=_flush_for, args=(weakref.ref(self), self._wake, self._options.report_delay), daemon=True
                    )
                    self._flusher.start()
        self._wake.set()

    def _flush_due(self) -> None:
        for line in self._all():
            with line.lock:
                now = time.monotonic()
                if line.session.is_due(now):
                    line.connection.advance(now, reads=True)

    def _after_fork(self) -> None:
        lines = self._lines
        self._start()
        for line in lines:
            line.connection.forget()


def _flush_for(client: "weakref.ref[Client]", wake: threading.Event, delay: float) -> None:
    """Sends the reports of threads that have become silent; ends with the client."""
    while True:
        if not wake.wait(1.0):
            if client() is None:
                return
            continue
        wake.clear()
        time.sleep(delay)
        owner = client()
        if owner is None:
            return
        owner._flush_due()
        del owner


_clients: "weakref.WeakSet[Client]" = weakref.WeakSet()


def _after_fork() -> None:
    for client in list(_clients):
        client._after_fork()


os.register_at_fork(after_in_child=_after_fork)
