"""Real servers for the middleware's tests, in threads, on ports of their own; and a client that reads raw responses."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import weir

from tests.support import framework

LIMITS = (
    "login: 2/h by ip when method=POST path=/login; nokey: deny 401 when no api_key path=/keys/*; keys: 3/h by api_key when path=/keys/*; "
    "paid: 1/day by api_key when path=/paid answer 402; slots: 1 concurrent by ip when path=/slow*; estimate: 100/h burst 100 by ip when path=/estimate; "
    "far: 1/h by ip when ip=198.51.100.0/24; all: 100000/s burst 100000"
)


class Recording:
    """Notes what is reported, and sends it."""

    reports: "list"

    def report(self, ticket, **what):
        self.__dict__.setdefault("reports", []).append(what)
        super().report(ticket, **what)

    def last(self):
        return self.__dict__.get("reports", [{}])[-1]

    def reported(self, count, **what):
        """Whether one that holds all of this is among those after the first `count`; reports come behind their responses."""
        end = time.monotonic() + 3
        while time.monotonic() < end:
            if any(what.items() <= report.items() for report in self.__dict__.get("reports", [])[count:]):
                return True
            time.sleep(0.005)
        return False


class RecordingClient(Recording, weir.Client):
    pass


class RecordingAsyncClient(Recording, weir.AsyncClient):
    pass


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


class WSGI:
    def __init__(self, app):
        self.server = make_server("127.0.0.1", 0, app, server_class=_Threads, handler_class=_Quiet)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class ASGI:
    """uvicorn."""

    def __init__(self, app):
        uvicorn = framework("uvicorn")
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="on", http="h11", ws="none"))
        self.thread = threading.Thread(target=asyncio.run, args=(self.server.serve([listener]),), daemon=True)
        self.thread.start()
        while not self.server.started:
            if not self.thread.is_alive():
                raise RuntimeError("uvicorn did not start")
            time.sleep(0.005)

    def stop(self):
        self.server.should_exit = True
        self.thread.join(5)


class Response:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body


def request(port, method="GET", path="/", headers=(), body=b""):
    """A response, its fields by lower-case name."""
    lines = [f"{method} {path} HTTP/1.1", "Host: api.example.com", "Connection: close", *(f"{n}: {v}" for n, v in headers)]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        data = b""
        while part := connection.recv(65_536):
            data += part
    head, _, rest = data.partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    named = {line.split(": ", 1)[0].lower(): line.split(": ", 1)[1] for line in fields if ": " in line}
    if named.get("transfer-encoding") == "chunked":
        parts, data = b"", rest
        while data:
            size, _, data = data.partition(b"\r\n")
            parts, data = parts + data[: int(size, 16)], data[int(size, 16) + 2 :]
        rest = parts
    return Response(int(status.split()[1]), named, rest)


class Behaviour:
    """What every framework's application does behind the middleware; a subclass has `port`, `client` and the paths."""

    def test_whatIsAllowedPassesAndTellsItsLimit(self):
        response = request(self.port, path="/hello?x=1")
        self.assertEqual((response.status, response.body), (200, b"hello"))
        self.assertTrue(response.fields["ratelimit"].startswith('"all";r='))
        self.assertEqual(response.fields["ratelimit-policy"], '"all";q=100000;w=1')
        self.assertNotIn("retry-after", response.fields)

    def test_whatIsOverItsLimitIsDenied(self):
        for _ in range(2):
            self.assertEqual(request(self.port, "POST", "/login", body=b"x").status, 200)
        response = request(self.port, "POST", "/login", body=b"x")
        self.assertEqual(response.status, 429)
        self.assertEqual(response.fields["content-type"], "application/problem+json")
        self.assertEqual(response.fields["cache-control"], "no-store")
        self.assertTrue(0 < int(response.fields["retry-after"]) <= 1800)
        self.assertEqual(response.fields["ratelimit-policy"], '"login";q=2;w=3600')
        self.assertIn(b'"violated-policies":["login"]', response.body)
        self.assertEqual(int(response.fields["content-length"]), len(response.body))
        self.assertEqual(request(self.port, path="/login").status, 200)

    def test_keysAreTakenFromBothFieldsAndFromNowhereElse(self):
        for headers in ([("X-API-Key", "k1")], [("Authorization", "Bearer k1")], [("X-API-Key", ""), ("Authorization", "bearer k1")]):
            self.assertEqual(request(self.port, path="/keys/a", headers=headers).status, 200)
        self.assertEqual(request(self.port, path="/keys/a", headers=[("X-API-Key", "k1")]).status, 429)
        self.assertEqual(request(self.port, path="/keys/a", headers=[("X-API-Key", "k2")]).status, 200)
        for headers in ([], [("Authorization", "Basic k1")]):
            response = request(self.port, path="/keys/a?api_key=k3", headers=headers)
            self.assertEqual((response.status, response.fields["www-authenticate"]), (401, 'Bearer realm="api"'))
            self.assertIn(b'"reason":"key-missing"', response.body)

    def test_402WhereTheRuleSaysSo(self):
        headers = [("X-API-Key", "payer")]
        self.assertEqual(request(self.port, path="/paid", headers=headers).status, 200)
        self.assertEqual(request(self.port, path="/paid", headers=headers).status, 402)

    def test_theAddressIsTheConnectionsWhateverTheClientSays(self):
        for number in range(3):
            forged = [("X-Forwarded-For", f"198.51.100.{number}"), ("X-Real-IP", "198.51.100.1")]
            self.assertEqual(request(self.port, path="/hello", headers=forged).status, 200)

    def test_bytesAndStatusAreReportedToTheByte(self):
        reports = self.client.__dict__.setdefault("reports", [])
        body = b"b" * 100_003
        response = request(self.port, "POST", "/echo", body=body)
        self.assertEqual((response.status, len(response.body)), (201, 100_003))
        self.assertTrue(self.client.reported(0, status=201, bytes_in=100_003, bytes_out=100_003, cost=None), reports)
        request(self.port, path="/stream")
        self.assertTrue(self.client.reported(0, status=200, bytes_in=0, bytes_out=5000), reports)
        count = len(reports)
        self.assertEqual(request(self.port, "HEAD", "/hello").status, 200)
        self.assertTrue(self.client.reported(count, status=200, bytes_out=0), reports)
        self.assertEqual(request(self.port, path="/fail").status, 500)
        self.assertTrue(self.client.reported(0, status=500), reports)

    def test_theApplicationSettlesTheCost(self):
        self.assertEqual(request(self.port, path="/estimate").status, 200)
        fields = request(self.port, path="/estimate").fields
        self.assertTrue(fields["ratelimit"].startswith('"estimate";r=95;'), fields["ratelimit"])  # 100 - 3 - 2

    def test_aSlotIsFreeWhenTheResponseIsOverAndWhenTheClientIsGone(self):
        for _ in range(3):
            self.assertEqual(request(self.port, path="/slow").status, 200)
        gone = socket.create_connection(("127.0.0.1", self.port))
        gone.sendall(b"GET /slow/stream HTTP/1.1\r\nHost: x\r\n\r\n")
        gone.recv(10)
        self.assertEqual(request(self.port, path="/slow").status, 429)
        gone.close()
        end = time.monotonic() + 5
        while request(self.port, path="/slow").status != 200:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def test_whatCannotBeAskedAboutIsRefused(self):
        self.assertEqual(request(self.port, path="/" + "p" * 9000).status, 414)
        self.assertEqual(request(self.port, headers=[("X-API-Key", "k" * 9000)]).status, 431)
