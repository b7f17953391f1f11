"""Middleware for WSGI applications: Flask, Django, Pyramid, …

    app.wsgi_app = WeirMiddleware(app.wsgi_app)                 # Flask
    application = WeirMiddleware(get_wsgi_application())        # Django
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Tuple, Type, Union
from urllib.parse import quote

from weir import http
from weir.client import Client
from weir.passage import Passage
from weir.wire import Attributes, InvalidRequest, Value

Environ = Dict[str, Any]
ExcInfo = Union[Tuple[Type[BaseException], BaseException, TracebackType], Tuple[None, None, None]]
StartResponse = Callable[..., Callable[[bytes], object]]
App = Callable[[Environ, StartResponse], Iterable[bytes]]


class WeirMiddleware:
    """Asks an agent about each request, answers those that are denied, and reports what became of the others.

    The arguments are those of `weir.asgi.WeirMiddleware`; functions are given the environ.
    """

    def __init__(
        self,
        app: App,
        client: Optional[Client] = None,
        *,
        attributes: Optional[Callable[[Environ], Attributes]] = None,
        cost: Union[int, Callable[[Environ], int]] = 1,
        reserve: bool = False,
        trusted_hops: int = 0,
        when: Optional[Callable[[Environ], bool]] = None,
        headers: bool = True,
    ) -> None:
        self.app = app
        self.client = Client() if client is None else client
        self._attributes, self._cost, self._reserve = attributes, cost, reserve
        self._trusted_hops, self._when, self._headers = trusted_hops, when, headers

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if self._when is not None and not self._when(environ):
            return self.app(environ, start_response)
        attributes = request_attributes(environ, self._trusted_hops)
        if self._attributes is not None:
            attributes.update(self._attributes(environ))
        cost = self._cost(environ) if callable(self._cost) else self._cost
        try:
            decision = self.client.check(attributes, cost, reserve=self._reserve)
        except InvalidRequest:
            return _answer(environ, start_response, _too_large(attributes))
        if not decision.allowed:
            return _answer(environ, start_response, http.denial(decision))
        passage = Passage(decision)
        environ["weir"] = passage
        fields = http.rate_limit_fields(decision) if self._headers else []
        meter = Meter(self.client, passage, environ, start_response, fields, self._reserve)
        try:
            result = self.app(environ, meter.start_response)
        except BaseException:
            meter.report(failed=True)
            raise
        try:
            count = len(result)  # type: ignore[arg-type]
        except TypeError:
            return _Body(result, meter)
        return _SizedBody(result, meter, count)


class Meter:
    """Counts the bytes of bodies as they pass, and reports once."""

    def __init__(
        self,
        client: Client,
        passage: Passage,
        environ: Environ,
        start_response: StartResponse,
        fields: http.Fields,
        reserve: bool,
    ) -> None:
        self._client, self._passage, self._reserve = client, passage, reserve
        self._start_response, self._fields = start_response, fields
        self._is_head = environ.get("REQUEST_METHOD") == "HEAD"
        self._status: Optional[int] = None
        self._is_reported = False
        self._announced: Optional[int] = None
        self.bytes_out = 0
        self._input: Optional[_Input] = None
        length = environ.get("CONTENT_LENGTH") or ""
        self._length = int(length) if length.isdigit() and len(length) < 19 else None
        if self._length is None and "wsgi.input" in environ:
            self._input = _Input(environ["wsgi.input"])
            environ["wsgi.input"] = self._input

    def start_response(
        self, status: str, headers: List[Tuple[str, str]], exc_info: Optional[ExcInfo] = None
    ) -> Callable[[bytes], object]:
        self._status = int(status[:3]) if status[:3].isdigit() else 500
        for name, value in headers:
            if name.lower() == "content-length" and value.isdigit():
                self._announced = int(value)
        fields = [*headers, *self._fields]
        write = self._start_response(status, fields) if exc_info is None else self._start_response(status, fields, exc_info)

        def counted(data: bytes) -> object:
            self.count(data)
            return write(data)

        return counted

    def count(self, data: bytes) -> None:
        if self._is_head:
            return
        self.bytes_out += len(data)
        # Before its last byte leaves, so that the client's next request finds the slots free.
        # A cost may be still to come.
        if data and self.bytes_out == self._announced:
            if self._passage.cost is not None or not self._reserve:
                self.report()
            else:
                self._client.release(self._passage.decision.ticket)

    def report(self, failed: bool = False) -> None:
        """Tells the agent, the first time that it is called: its slots are free."""
        if self._is_reported:
            return
        self._is_reported = True
        status = self._status if self._status is not None else 500 if failed else 499
        received = self._input.count if self._input is not None else self._length or 0
        self._client.report(
            self._passage.decision.ticket,
            status=status if 100 <= status <= 599 else 500,
            bytes_in=received,
            bytes_out=self.bytes_out,
            cost=self._passage.cost,
        )


class _Body:
    """The application's body. The server closes it at its end, and when the client is gone."""

    def __init__(self, body: Iterable[bytes], meter: Meter) -> None:
        self._body, self._meter = body, meter

    def __iter__(self) -> Iterator[bytes]:
        try:
            for part in self._body:
                self._meter.count(part)
                yield part
        except GeneratorExit:
            raise
        except BaseException:
            self._meter.report(failed=True)
            raise
        self._meter.report()

    def close(self) -> None:
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            self._meter.report()


class _SizedBody(_Body):
    """A body whose number of parts is known: servers make a Content-Length of one part."""

    def __init__(self, body: Iterable[bytes], meter: Meter, count: int) -> None:
        super().__init__(body, meter)
        self._count = count

    def __len__(self) -> int:
        return self._count


class _Input:
    """Counts the bytes of a request that tells no length."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.count = 0

    def read(self, *size: int) -> bytes:
        return self._counted(self._stream.read(*size))

    def readline(self, *size: int) -> bytes:
        return self._counted(self._stream.readline(*size))

    def readlines(self, *hint: int) -> List[bytes]:
        return [self._counted(line) for line in self._stream.readlines(*hint)]

    def __iter__(self) -> Iterator[bytes]:
        for line in self._stream:
            yield self._counted(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _counted(self, data: bytes) -> bytes:
        self.count += len(data)
        return data


def request_attributes(environ: Environ, trusted_hops: int) -> Dict[str, Optional[Value]]:
    """The attributes of a request."""
    address: Optional[bytes] = _bytes(environ.get("REMOTE_ADDR"))
    if trusted_hops > 0:
        address = http.forwarded_for([_bytes(environ.get("HTTP_X_FORWARDED_FOR"))], trusted_hops) or address
    key = _bytes(environ.get("HTTP_X_API_KEY")) or http.bearer(_bytes(environ.get("HTTP_AUTHORIZATION")))
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return {
        "ip": address or None,
        "method": environ.get("REQUEST_METHOD", "GET"),
        "path": quote(_bytes(path), safe="/:@!$&'()*+,;=~"),
        "host": _bytes(environ.get("HTTP_HOST")) or None,
        "api_key": key or None,
    }


def _bytes(value: Optional[str]) -> bytes:
    return (value or "").encode("latin-1", "replace")


def _too_large(attributes: Attributes) -> http.Response:
    path = attributes.get("path")
    if path is not None and len(path) > 4096:
        return http.refusal(414, "expected a shorter path")
    return http.refusal(431, "expected shorter fields")


def _answer(environ: Environ, start_response: StartResponse, response: http.Response) -> Iterable[bytes]:
    start_response(f"{response.status} {http.phrase(response.status)}", response.fields)
    return [b"" if environ.get("REQUEST_METHOD") == "HEAD" else response.body]
