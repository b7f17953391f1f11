"""Moves a session's bytes over a Unix socket, without waiting."""

from __future__ import annotations

import os
import socket
from typing import Callable, Optional

from weir.session import LEAVING, OFFLINE, STALL, Session


class Connection:
    """A session and the socket that it has just now. Belongs to one thread at a time."""

    def __init__(self, path: str, session: Session) -> None:
        self.path, self.session = path, session
        self.socket: Optional[socket.socket] = None
        self._pending = memoryview(b"")
        #: Called with a socket before it is closed.
        self.closing: Optional[Callable[[socket.socket], None]] = None

    @property
    def has_output(self) -> bool:
        """Whether bytes wait for room in the socket."""
        return len(self._pending) > 0

    def advance(self, now: float, reads: bool, flush: bool = False) -> None:
        """Everything that needs no waiting: connects, sends, receives, and notices deadlines."""
        session = self.session
        # Silence is judged by what has come, not by what was read.
        if self.socket is not None and (reads or session.silence(now) > STALL):
            self.receive(now)
        if session.calls:
            session.expire(now)
        if session.is_hopeless(now):
            self.close(now, "timeout", "the agent says nothing")
        if session.phase == LEAVING:
            self._send(now, flush)
            if session.has_left(now):
                self.close(now)
        if session.wants_connection:
            self._connect(now)
        self._send(now, flush)
        if session.wants_connection:  # it broke while sending: the checks that may be asked again are
            self._connect(now)
            self._send(now, flush)

    def receive(self, now: float) -> None:
        while self.socket is not None:
            try:
                data = self.socket.recv(65_536)
            except BlockingIOError:
                return
            except OSError as error:
                return self.close(now, "lost", _reason(error))
            if not data:
                return self.close(now)
            trouble = self.session.received(data, now)
            if trouble is not None:
                return self.close(now, trouble)
            if len(data) < 65_536:
                return

    def close(self, now: float, trouble: str = "lost", why: str = "") -> None:
        self._drop()
        if self.session.phase != OFFLINE:
            self.session.lost(now, trouble, why)

    def forget(self) -> None:
        """In a child after fork: the parent's connection is the parent's."""
        self._drop()

    def _drop(self) -> None:
        if self.socket is not None:
            if self.closing is not None:
                self.closing(self.socket)
            self.socket.close()
        self.socket = None
        self._pending = memoryview(b"")

    def _connect(self, now: float) -> None:
        session = self.session
        if not session.may_connect(now):
            if session.calls:
                session.unreachable("it is tried again in a moment")
            return
        session.connecting(now)
        # A Unix socket connects at once or not at all.
        connecting = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connecting.setblocking(False)
            connecting.connect(self.path)
        except OSError as error:
            connecting.close()
            return session.unreachable(f"{_reason(error)} ({self.path})")
        self.socket = connecting
        session.connected(now)

    def _send(self, now: float, flush: bool) -> None:
        while self.socket is not None:
            if not self._pending:
                self._pending = memoryview(self.session.output(now, flush))
                if not self._pending:
                    return
            try:
                sent = self.socket.send(self._pending)
            except BlockingIOError:
                return
            except OSError:
                return self.close(now)
            self._pending = self._pending[sent:]


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)
