"""Where the agent is, and what a client does in trouble: the same environment names as the agent's."""

from __future__ import annotations

import os
import re
from typing import Mapping, NamedTuple, Optional

_factors = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}


class SettingsError(ValueError):
    """A setting that cannot be understood; the message names it, and what was expected."""


class Settings(NamedTuple):
    #: The path of the agent's native socket.
    socket: str
    #: Seconds that an answer may take.
    deadline: float = 0.020
    #: ``open`` or ``closed``: what happens to requests that the agent does not decide.
    on_trouble: str = "open"
    #: Seconds that a denial is remembered at most; 0: not at all.
    deny_cache: float = 10.0

    @staticmethod
    def from_environment(
        socket: Optional[str] = None,
        deadline: Optional[float] = None,
        on_trouble: Optional[str] = None,
        deny_cache: Optional[float] = None,
        environment: Optional[Mapping[str, str]] = None,
    ) -> "Settings":
        """The settings that are given; those that are not come from ``WEIR_SOCKET`` (or ``WEIR_RUNTIME_DIR``),
        ``WEIR_CLIENT_DEADLINE``, ``WEIR_CLIENT_ON_TROUBLE`` and ``WEIR_CLIENT_DENY_CACHE``."""
        names = os.environ if environment is None else environment
        return Settings(_socket(socket, names), _deadline(deadline, names), _on_trouble(on_trouble, names), _deny_cache(deny_cache, names))


def _socket(given: Optional[str], names: Mapping[str, str]) -> str:
    if given is not None:
        return _path(given, "socket")
    if names.get("WEIR_SOCKET"):
        return _path(names["WEIR_SOCKET"], "WEIR_SOCKET")
    if names.get("WEIR_RUNTIME_DIR"):
        return _path(names["WEIR_RUNTIME_DIR"] + "/agent.sock", "WEIR_RUNTIME_DIR")
    if os.geteuid() != 0:  # the user's own agent, else the system's
        state = names.get("XDG_STATE_HOME") or names.get("HOME", "/tmp") + "/.local/state"
        for folder in (names.get("XDG_RUNTIME_DIR", ""), state):
            path = folder + ("/weir/run/agent.sock" if folder == state else "/weir/agent.sock")
            if folder.startswith("/") and len(os.fsencode(path)) <= 107 and os.path.exists(path):
                return path
    return "/run/weir/agent.sock"


def _path(path: str, name: str) -> str:
    if not path.startswith("/") or len(os.fsencode(path)) > 107 or "\0" in path:
        raise SettingsError(
            f"{name}: expected an absolute path of at most 107 bytes, found {path!r}; give the path of the agent's socket"
        )
    return path


def _deadline(given: Optional[float], names: Mapping[str, str]) -> float:
    if given is not None:
        if not 0.001 <= given <= 60:
            raise SettingsError(f"deadline: expected 0.001 to 60 seconds, found {given}; try 0.02")
        return float(given)
    text = names.get("WEIR_CLIENT_DEADLINE", "") or "20ms"
    seconds = _duration(text)
    if not 0.001 <= seconds <= 60:
        raise SettingsError(
            "WEIR_CLIENT_DEADLINE: expected a duration from 1ms to 1min, with its unit (ms, s, min or h), "
            f"found {text!r}; try 20ms"
        )
    return seconds


def _deny_cache(given: Optional[float], names: Mapping[str, str]) -> float:
    if given is not None:
        if not 0 <= given <= 86400:
            raise SettingsError(f"deny_cache: expected 0 to 86400 seconds, found {given}; try 10")
        return float(given)
    text = names.get("WEIR_CLIENT_DENY_CACHE", "") or "10s"
    if text == "off":
        return 0.0
    seconds = _duration(text)
    if not 0.001 <= seconds <= 86400:
        raise SettingsError(
            "WEIR_CLIENT_DENY_CACHE: expected off, or a duration from 1ms to 24h, with its unit (ms, s, min or h), "
            f"found {text!r}; try 10s"
        )
    return seconds


def _duration(text: str) -> float:
    """Seconds; -1 when the text is no duration."""
    match = re.fullmatch(r"([0-9]{1,9})(ms|s|min|h)", text, re.ASCII)
    return int(match[1]) * _factors[match[2]] if match else -1.0


def _on_trouble(given: Optional[str], names: Mapping[str, str]) -> str:
    text = given if given is not None else names.get("WEIR_CLIENT_ON_TROUBLE", "") or "open"
    if text not in ("open", "closed"):
        name = "on_trouble" if given is not None else "WEIR_CLIENT_ON_TROUBLE"
        raise SettingsError(f"{name}: expected open or closed, found {text!r}; try open")
    return text
