"""Agents for tests: a real one in a temporary directory, and one that a test plays."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest
from typing import Any, Callable, Dict, List, Optional, Tuple

from weir import wire

AGENT = os.environ.get("WEIR_AGENT", "")
REQUIRED = os.environ.get("WEIR_TEST_REQUIRE", "") == "all"


def framework(name: str) -> Any:
    """A module of a framework; a test without it is skipped, or fails where all are required."""
    try:
        return __import__(name)
    except ImportError:
        if REQUIRED:
            raise
        raise unittest.SkipTest(f"{name} is not installed") from None


class RealAgent:
    """A weir-agent of a test's own."""

    def __init__(self, limits: str, **settings: str) -> None:
        self.folder = tempfile.mkdtemp(prefix="weir-py-")
        self.socket = f"{self.folder}/agent.sock"
        self.http = f"{self.folder}/http.sock"
        self.settings = {
            "WEIR_RUNTIME_DIR": self.folder,
            "WEIR_STATE_DIR": f"{self.folder}/state",
            "WEIR_ADMIN_LISTEN": "off",
            "WEIR_LIMITS": limits,
            **settings,
        }
        self.start()

    def start(self) -> None:
        names = {name: value for name, value in os.environ.items() if not name.startswith("WEIR_")}
        self.log = open(f"{self.folder}/log", "ab")
        self.process = subprocess.Popen([AGENT], env={**names, **self.settings}, stdout=self.log, stderr=self.log)
        end = time.monotonic() + 10
        while not self.is_listening():
            if self.process.poll() is not None or time.monotonic() > end:
                with open(f"{self.folder}/log") as log:
                    raise RuntimeError(f"{AGENT} does not listen: {log.read()}")
            time.sleep(0.01)

    def is_listening(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.socket) == 0

    def end(self, number: int = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
        self.process.wait(10)
        self.log.close()

    def suspend(self) -> None:
        """Stops the process where it is; when this returns, it does nothing more."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def stop(self) -> None:
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)


class AgentCase(unittest.TestCase):
    """Tests that share one agent."""

    limits = "100000/s burst 100000 by user"
    settings: Dict[str, str] = {}

    @classmethod
    def setUpClass(cls) -> None:
        cls.agent = RealAgent(cls.limits, **cls.settings)
        cls.addClassCleanup(cls.agent.stop)

    agent: RealAgent


def hello_answer(id: int, incarnation: int = 1, largest: int = 16_384) -> bytes:
    body = struct.pack("<HHIII", 1, 32, 15, largest, 1024) + bytes([incarnation]) * 16 + bytes(4)
    return struct.pack("<IBBHQ", 16 + len(body), 1, wire.HELLO_ANSWER, 0, id) + body


def check_answer(id: int, decision: int = 0, reason: int = 0, retry: int = 0, ticket: bytes = b"\7" * 24) -> bytes:
    status = 429 if decision else 200
    fixed = struct.pack(
        "<BBHBBBxQQIxxxxQQ24s", decision, reason, status, 0, 4, 0, 10, 3, 1, 0, retry, bytes(24) if decision else ticket
    )
    return struct.pack("<IBBHQ", 16 + len(fixed) + 4, 1, wire.CHECK_ANSWER, 0, id) + fixed + b"rule"


def report_answer(id: int, accepted: int) -> bytes:
    return struct.pack("<IBBHQHHHH", 24, 1, wire.REPORT_ANSWER, 0, id, accepted, 0, 0, 0)


def goaway() -> bytes:
    return struct.pack("<IBBHQHHI", 24, 1, wire.GOAWAY, 0, 0, 1, 0, 100)


def error(id: int, message: bytes) -> bytes:
    return struct.pack("<IBBHQHHHH", 24 + len(message), 1, wire.ERROR, 0, id, 5, 48, len(message), 0) + message


class FakeAgent:
    """Answers each frame with what `say` returns for it, in a thread."""

    def __init__(self, say: Callable[[wire.Frame], Optional[bytes]]) -> None:
        self.folder = tempfile.mkdtemp(prefix="weir-py-")
        self.socket = f"{self.folder}/agent.sock"
        self.say = say
        self.frames: List[wire.Frame] = []
        self.connections: List[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.socket)
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        reader = wire.FrameReader()
        try:
            while data := connection.recv(65_536):
                for frame in reader.feed(data):
                    self.frames.append(frame)
                    answer = self.say(frame)
                    if answer:
                        connection.sendall(answer)
        except OSError:
            pass

    def stop(self) -> None:
        self._listener.close()
        for connection in self.connections:
            connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def ask_door(agent: RealAgent, attributes: Dict[str, str], cost: int = 1) -> Tuple[int, Dict[str, str], bytes]:
    """What the agent's own HTTP door answers."""
    fields = "".join(f"Weir-Attr-{name}: {value}\r\n" for name, value in attributes.items())
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(agent.http)
        door.sendall(f"GET /check HTTP/1.1\r\nHost: x\r\nConnection: close\r\nWeir-Cost: {cost}\r\n{fields}\r\n".encode())
        data = b""
        while part := door.recv(65_536):
            data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    return int(lines[0].split()[1]), dict(line.split(": ", 1) for line in lines[1:] if ": " in line), body
