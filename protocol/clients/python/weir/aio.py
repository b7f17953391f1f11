"""The client of asyncio programs."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
import weakref
from typing import Optional

from weir.connection import Connection
from weir.decision import Decision, Report, Ticket
from weir.denials import Denials
from weir.session import Options, Session, Stats
from weir.settings import Settings
from weir.wire import NO_WAIT, PEEK, RESERVE, Attributes

_logger = logging.getLogger("weir")


class _Line:
    """The connection of one event loop."""

    def __init__(self, path: str, session: Session, loop: asyncio.AbstractEventLoop) -> None:
        self.session = session
        self.connection = Connection(path, session)
        self.connection.closing = self._unwatch
        self.pid = os.getpid()
        self._loop = weakref.ref(loop)  # the loop is the key under which this line is kept
        self._watched: Optional[socket.socket] = None
        self._writes = False
        self._is_scheduled = False
        self._timer: Optional[asyncio.TimerHandle] = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        loop = self._loop()
        if loop is None:
            raise RuntimeError("the event loop is gone")
        return loop

    def schedule(self) -> None:
        """Advances with the loop's next turn, so that what comes together leaves together."""
        if not self._is_scheduled:
            self._is_scheduled = True
            self.loop.call_soon(self._turn)

    def advance(self, reads: bool, flush: bool = False) -> None:
        now = time.monotonic()
        self.connection.advance(now, reads, flush)
        self._watch()
        self._set_timer(now)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.connection.close(time.monotonic())

    def _turn(self) -> None:
        self._is_scheduled = False
        self.advance(reads=False)

    def _watch(self) -> None:
        current = self.connection.socket
        if current is None:
            return
        if current is not self._watched:
            self._watched = current
            self.loop.add_reader(current.fileno(), self.advance, True)
        if self.connection.has_output != self._writes:
            self._writes = not self._writes
            if self._writes:
                self.loop.add_writer(current.fileno(), self.advance, False)
            else:
                self.loop.remove_writer(current.fileno())

    def _unwatch(self, closing: socket.socket) -> None:
        loop = self._loop()
        if self._watched is closing and loop is not None and not loop.is_closed() and self.pid == os.getpid():
            loop.remove_reader(closing.fileno())
            if self._writes:
                loop.remove_writer(closing.fileno())
        self._watched, self._writes = None, False

    def _set_timer(self, now: float) -> None:
        at = self.session.wake_at(now)
        if at is None:
            return
        # One that comes too early looks again.
        when = self.loop.time() + at - now
        if self._timer is None or self._timer.when() > when:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self.loop.call_at(when, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.advance(reads=False)


def _settle(future: "asyncio.Future[Decision]", decision: Decision) -> None:
    if not future.done():
        future.set_result(decision)


class AsyncClient:
    """Asks an agent whether requests may pass: one connection for each event loop, with many checks in flight.

    Arguments and settings are those of `Client`. Reports of one turn of the loop leave together.
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
        self._denials = Denials(longest=self.settings.deny_cache) if self.settings.deny_cache > 0 else None
        self._options = Options(
            self.settings.deadline, self.settings.on_trouble, quiet_reports, report_delay, b"python/1.0", _logger.warning
        )
        self._lines: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Line]" = weakref.WeakKeyDictionary()

    async def check(
        self,
        attributes: Attributes,
        cost: int = 1,
        *,
        peek: bool = False,
        reserve: bool = False,
        wait: bool = True,
        deadline: Optional[float] = None,
    ) -> Decision:
        """Asks whether a request may pass; takes at most the deadline. As `Client.check`.

        When the caller is cancelled, a slot that the answer holds is given back.
        """
        flags = (PEEK if peek else 0) | (RESERVE if reserve else 0) | (0 if wait else NO_WAIT)
        line = self._line()
        now = time.monotonic()
        if line.session.is_stalled(now):
            line.advance(reads=True)
        call = line.session.begin(attributes, cost, flags, self.settings.deadline if deadline is None else deadline, now)
        if call.decision is not None:
            return call.decision
        loop = line.loop
        future: "asyncio.Future[Decision]" = loop.create_future()
        call.done = lambda decision: _settle(future, decision)
        line.schedule()
        timer = None if deadline is None else loop.call_later(deadline, line.advance, False)
        try:
            return await future
        except asyncio.CancelledError:
            line.session.cancel(call)
            line.schedule()
            raise
        finally:
            if timer is not None:
                timer.cancel()

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
        if ticket is not None:
            line = self._line()
            line.session.report(Report(ticket, status, bytes_in, bytes_out, cost), time.monotonic())
            line.schedule()

    def release(self, ticket: Optional[Ticket]) -> None:
        """The request is over, or never ran, and will not be reported on: the slots that it holds are free."""
        if ticket is not None:
            line = self._line()
            line.session.release(ticket)
            line.schedule()

    async def flush(self, timeout: float = 1.0) -> int:
        """Sends all reports of this loop and waits for their answers. Returns how many have none when the time is over."""
        line = self._line()
        end = time.monotonic() + timeout
        while True:
            line.advance(reads=True, flush=True)
            left = line.session.unanswered_reports
            if left == 0 or time.monotonic() >= end:
                return left
            await asyncio.sleep(0.002)

    async def aclose(self, timeout: float = 0.1) -> None:
        """Sends what waits, and closes this loop's connection. The client can go on: it connects again."""
        await self.flush(timeout)
        line = self._lines.pop(asyncio.get_running_loop(), None)
        if line is not None:
            line.stop()

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _line(self) -> _Line:
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is not None and line.pid != os.getpid():
            line.connection.forget()
            line = None
        if line is None:
            line = _Line(self.settings.socket, Session(self._options, self._denials, self.stats), loop)
            self._lines[loop] = line
        return line
