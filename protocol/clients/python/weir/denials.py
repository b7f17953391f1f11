"""Denials that are remembered, so that who is over a limit costs the agent nothing."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from typing import NamedTuple, Optional

from weir.decision import Decision


class _Denial(NamedTuple):
    cost: int
    time: float
    until: float
    decision: Decision


class Denials:
    """By attributes, until the answer's retry-after and at most ``longest`` seconds; of bounded size.

    Only what time alone gives back is remembered: reasons ``rate`` and ``quota``. A smaller cost than the one that was
    denied may pass, so it is asked for. Keys are hashes under a secret: no raw API key stays here.
    """

    def __init__(self, size: int = 1024, longest: float = 10.0) -> None:
        self._size, self._longest = size, longest
        self._secret = os.urandom(16)
        self._lock = threading.Lock()
        self._entries: "OrderedDict[bytes, _Denial]" = OrderedDict()

    def key(self, attributes: bytes) -> bytes:
        return hashlib.blake2b(attributes, digest_size=16, key=self._secret).digest()

    def find(self, key: bytes, cost: int, now: float) -> Optional[Decision]:
        denial = self._entries.get(key)
        if denial is None or cost == 0 or cost < denial.cost:
            return None
        if now >= denial.until:
            with self._lock:
                if self._entries.get(key) is denial:
                    del self._entries[key]
            return None
        # Rounded down, what has passed never makes the rest too short.
        passed = int((now - denial.time) * 1e6)
        decision = denial.decision
        retry = decision.retry_after_us
        return decision._replace(
            retry_after_us=None if retry is None else max(1, retry - passed),
            reset_us=max(0, decision.reset_us - passed),
            remembered=True,
        )

    def note(self, key: bytes, cost: int, decision: Decision, now: float) -> None:
        if decision.allowed or decision.trouble or decision.reason not in ("rate", "quota") or cost == 0:
            return
        life = self._longest
        if decision.retry_after_us is not None:
            life = min(life, decision.retry_after_us / 1e6)
        if life <= 0 or self._size <= 0:
            return
        with self._lock:
            self._entries[key] = _Denial(cost, now, now + life, decision)
            self._entries.move_to_end(key)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)
