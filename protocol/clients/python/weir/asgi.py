"""Middleware for ASGI applications: Starlette, FastAPI, Django, Quart, …

    app.add_middleware(WeirMiddleware)          # Starlette, FastAPI
    application = WeirMiddleware(application)   # any
"""

from __future__ import annotations

import inspect
import os
from typing import Any, Awaitable, Callable, Dict, List, MutableMapping, Optional, Tuple, Union

from weir import http
from weir.aio import AsyncClient
from weir.passage import Passage
from weir.wire import Attributes, InvalidRequest, Value

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
MoreAttributes = Callable[[Scope], Union[Attributes, Awaitable[Attributes]]]


class WeirMiddleware:
    """Asks an agent about each request, answers those that are denied, and reports what became of the others.

    Arguments:
        client: the client to ask with; one from the environment where none is given.
        attributes: a function (or coroutine) of the scope that gives more attributes, such as ``user`` or ``plan``; they win.
        cost: units of a request, or a function of the scope.
        reserve: the cost is an estimate; the application sets ``scope["weir"].cost``.
        trusted_hops: how many proxies in front append to X-Forwarded-For. 0: the address is the connection's, and the field
            is not looked at.
        when: a function of the scope; requests for which it is false are not asked about.
        headers: whether allowed responses tell ``RateLimit`` and ``RateLimit-Policy``.
    """

    def __init__(
        self,
        app: App,
        client: Optional[AsyncClient] = None,
        *,
        attributes: Optional[MoreAttributes] = None,
        cost: Union[int, Callable[[Scope], int]] = 1,
        reserve: bool = False,
        trusted_hops: int = 0,
        when: Optional[Callable[[Scope], bool]] = None,
        headers: bool = True,
    ) -> None:
        self.app = app
        self.client = AsyncClient() if client is None else client
        self._attributes, self._cost, self._reserve = attributes, cost, reserve
        self._trusted_hops, self._when, self._headers = trusted_hops, when, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, self._closing(send))
        if scope["type"] not in ("http", "websocket") or (self._when is not None and not self._when(scope)):
            return await self.app(scope, receive, send)
        attributes, problem = request_attributes(scope, self._trusted_hops)
        if problem is not None:
            return await answer(scope, receive, send, problem)
        if self._attributes is not None:
            more = self._attributes(scope)
            attributes.update(await more if inspect.isawaitable(more) else more)
        cost = self._cost(scope) if callable(self._cost) else self._cost
        try:
            decision = await self.client.check(attributes, cost, reserve=self._reserve)
        except InvalidRequest as error:
            return await answer(scope, receive, send, too_large(attributes, error))
        if not decision.allowed:
            return await answer(scope, receive, send, http.denial(decision))
        passage = Passage(decision)
        scope["weir"] = passage
        if decision.ticket is None and not self._headers:
            return await self.app(scope, receive, send)
        fields = http.rate_limit_fields(decision) if self._headers else []
        meter = Meter(scope, receive, send, [(name.lower().encode(), value.encode()) for name, value in fields])

        is_reported = False

        def report() -> None:
            nonlocal is_reported
            if not is_reported:
                is_reported = True
                self.client.report(
                    decision.ticket,
                    status=meter.final_status,
                    bytes_in=meter.bytes_in,
                    bytes_out=meter.bytes_out,
                    cost=passage.cost,
                )

        def ending() -> None:
            # Before the last byte leaves, so that the client's next request finds the slots free; a cost may be still to come.
            if passage.cost is not None or not self._reserve:
                report()
            else:
                self.client.release(decision.ticket)

        meter.ending = ending
        try:
            await self.app(scope, meter.receive, meter.send)
        except Exception:
            meter.failed()
            raise
        finally:
            report()  # also when the client is gone and the application was cancelled

    def _closing(self, send: Send) -> Send:
        async def closing(message: Message) -> None:
            if message["type"] in ("lifespan.shutdown.complete", "lifespan.shutdown.failed"):
                await self.client.aclose()
            await send(message)

        return closing


class Meter:
    """Counts the bytes of bodies and of WebSocket messages as they pass."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, fields: List[Tuple[bytes, bytes]]) -> None:
        self._receive, self._send, self._fields = receive, send, fields
        self._is_head = scope.get("method") == "HEAD"
        self._is_websocket = scope["type"] == "websocket"
        self._length = content_length(scope["headers"])
        self._received = 0
        self._has_read = self._is_gone = False
        self._status: Optional[int] = None
        self.bytes_out = 0
        #: Called before the response's last part is sent.
        self.ending: Callable[[], None] = lambda: None

    @property
    def bytes_in(self) -> int:
        """What was received; where the application did not read it, what the client announced."""
        return self._received if self._has_read or self._length is None else max(self._received, self._length)

    @property
    def final_status(self) -> int:
        """The response's status; 499 when there is none, as the client was gone."""
        if self._status is None:
            return 499
        return self._status if 100 <= self._status <= 599 else 500

    def failed(self) -> None:
        if self._status is None and not self._is_gone:
            self._status = 500

    async def receive(self) -> Message:
        message = await self._receive()
        kind = message["type"]
        if kind == "http.request":
            self._received += len(message.get("body", b""))
            self._has_read = not message.get("more_body", False)
        elif kind == "websocket.receive":
            self._received += _length(message)
        elif kind in ("http.disconnect", "websocket.disconnect"):
            self._is_gone = True
            self._has_read = self._has_read or self._received > 0
        return message

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind in ("http.response.start", "websocket.http.response.start", "websocket.accept"):
            self._status = message.get("status", 101)
            if self._fields:
                message = {**message, "headers": [*message.get("headers", ()), *self._fields]}
        elif kind in ("http.response.body", "websocket.http.response.body"):
            if not self._is_head:
                self.bytes_out += len(message.get("body", b""))
            if not message.get("more_body", False):
                self.ending()
        elif kind == "http.response.pathsend":
            if not self._is_head:
                self.bytes_out += os.path.getsize(message["path"])
            self.ending()
        elif kind == "websocket.send":
            self.bytes_out += _length(message)
        elif kind == "websocket.close" and self._status is None:
            self._status = 403
        await self._send(message)


def _length(message: Message) -> int:
    data = message.get("bytes")
    if data is not None:
        return len(data)
    text = message.get("text")
    return len(text.encode("utf-8", "surrogatepass")) if text else 0


def content_length(headers: List[Tuple[bytes, bytes]]) -> Optional[int]:
    for name, value in headers:
        if name == b"content-length" and value.isdigit() and len(value) < 19:
            return int(value)
    return None


def request_attributes(scope: Scope, trusted_hops: int) -> Tuple[Dict[str, Optional[Value]], Optional[http.Response]]:
    """The attributes of a request; or the answer to one that contradicts itself."""
    keys: List[bytes] = []
    authorizations: List[bytes] = []
    forwarded: List[bytes] = []
    host: Optional[bytes] = None
    for name, value in scope["headers"]:
        if name == b"x-api-key":
            keys.append(value)
        elif name == b"authorization":
            authorizations.append(value)
        elif name == b"x-forwarded-for":
            forwarded.append(value)
        elif name == b"host":
            host = value
    if len(keys) > 1 or len(authorizations) > 1:
        return {}, http.refusal(400, "expected each field once")
    client = scope.get("client")
    address: Optional[Value] = client[0] if client else None
    if trusted_hops > 0:
        address = http.forwarded_for(forwarded, trusted_hops) or address
    path: Value = scope.get("raw_path") or scope["path"]
    key = (keys[0] if keys else b"") or http.bearer(authorizations[0] if authorizations else b"")
    return {
        "ip": address or None,
        "method": scope.get("method", "GET"),
        "path": (path if isinstance(path, bytes) else _quoted(path)).partition(b"?")[0],
        "host": host,
        "api_key": key or None,
    }, None


def _quoted(path: str) -> bytes:
    """A decoded path as it was on the request line, near enough: the agent decodes it once."""
    return path.encode("utf-8", "surrogateescape").replace(b"%", b"%25").replace(b"?", b"%3F").replace(b"#", b"%23")


def too_large(attributes: Attributes, error: InvalidRequest) -> http.Response:
    """The answer to a request that cannot be asked about; never to be passed, whatever the policy for trouble."""
    path = attributes.get("path")
    if path is not None and len(path) > 4096:
        return http.refusal(414, "expected a shorter path")
    return http.refusal(431, "expected shorter fields")


async def answer(scope: Scope, receive: Receive, send: Send, response: http.Response) -> None:
    """Sends a whole response, also to a WebSocket's handshake."""
    headers = [(name.lower().encode(), value.encode()) for name, value in response.fields]
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else response.body})
        return
    await receive()  # websocket.connect
    if "websocket.http.response" in (scope.get("extensions") or {}):
        await send({"type": "websocket.http.response.start", "status": response.status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": response.body})
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": http.phrase(response.status)})
