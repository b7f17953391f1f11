"""WSGI middleware: bare, Flask and Django, behind wsgiref's server."""

import io
import time
import unittest
import warnings

from weir.wsgi import WeirMiddleware

from tests.django_app import django_wsgi
from tests.servers import LIMITS, WSGI, Behaviour, RecordingClient, request
from tests.support import AgentCase, framework


def is_estimate(environ):
    return 2 if environ["PATH_INFO"] == "/estimate" else 1


def stream(parts=5, pause=0.0):
    for _ in range(parts):
        time.sleep(pause)
        yield b"s" * 1000


def bare(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/fail":
        raise ZeroDivisionError
    if path == "/estimate":
        environ["weir"].cost = 3
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("201 Created" if path == "/echo" else "200 OK", [("Content-Type", "text/plain")])
    if path == "/echo":
        return [body]
    if path == "/stream":
        return stream()
    if path == "/slow/stream":
        return stream(1000, 0.01)
    return [b"hello"]


class WSGICase(AgentCase):
    limits = LIMITS

    @classmethod
    def serve(cls, app):
        cls.client = RecordingClient(cls.agent.socket, deadline=2.0, on_trouble="closed", deny_cache=0)
        cls.addClassCleanup(cls.client.close)
        server = WSGI(WeirMiddleware(app, cls.client, cost=is_estimate, reserve=True))
        cls.addClassCleanup(server.stop)
        cls.port = server.port


class BareTests(Behaviour, WSGICase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.serve(bare)

    def test_onePartKeepsItsContentLength(self):
        self.assertEqual(request(self.port, path="/hello").fields["content-length"], "5")


class FlaskTests(Behaviour, WSGICase):
    @classmethod
    def setUpClass(cls):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            flask = framework("flask")
        super().setUpClass()
        app = flask.Flask("tests")
        app.logger.disabled = True
        app.add_url_rule("/keys/<name>", "keys", lambda name: "key")
        for path in ("/hello", "/paid", "/slow"):
            app.add_url_rule(path, path, lambda: "hello")
        app.add_url_rule("/login", "login", lambda: "in", methods=["GET", "POST"])
        app.add_url_rule("/echo", "echo", lambda: (flask.request.get_data(), 201), methods=["POST"])
        app.add_url_rule("/stream", "stream", lambda: flask.Response(stream()))
        app.add_url_rule("/slow/stream", "slow", lambda: flask.Response(stream(1000, 0.01)))
        app.add_url_rule("/fail", "fail", lambda: 1 / 0)

        @app.route("/estimate")
        def estimate():
            flask.request.environ["weir"].cost = 3
            return "done"

        cls.serve(app.wsgi_app)
        # The idiom itself: app.wsgi_app = WeirMiddleware(app.wsgi_app)
        app.wsgi_app = WeirMiddleware(app.wsgi_app, cls.client)
        cls.flask_app = app

    def test_wrappedInPlace(self):
        response = self.flask_app.test_client().get("/hello")
        self.assertEqual(response.data, b"hello")
        self.assertIn("RateLimit", response.headers)


class DjangoTests(Behaviour, WSGICase):
    @classmethod
    def setUpClass(cls):
        app = django_wsgi()
        super().setUpClass()
        cls.serve(app)


class ByHandTests(WSGICase):
    """What no server does on purpose."""

    def environ(self, **more):
        return {"REQUEST_METHOD": "GET", "PATH_INFO": "/hello", "REMOTE_ADDR": "192.0.2.7", "wsgi.input": io.BytesIO(), **more}

    def middleware(self, app, **options):
        client = RecordingClient(self.agent.socket, deadline=2.0, on_trouble="closed", deny_cache=0)
        self.addCleanup(client.close)
        return WeirMiddleware(app, client, **options), client

    def call(self, app, environ):
        said = []

        def start_response(status, headers, exc_info=None):
            said[:] = [status, headers]
            return said.append

        return app(environ, start_response), said

    def test_bodiesThatAreWrittenAreCounted(self):
        def app(environ, start_response):
            start_response("200 OK", [])(b"12345")
            return [b"678"]

        middleware, client = self.middleware(app)
        result, said = self.call(middleware, self.environ())
        self.assertEqual((list(result), said[2]), ([b"678"], b"12345"))
        self.assertEqual(client.last()["bytes_out"], 8)

    def test_aRequestWithoutALengthIsCountedAsItIsRead(self):
        def app(environ, start_response):
            start_response("200 OK", [])
            stream = environ["wsgi.input"]
            return [stream.read(2), stream.readline(), b"".join(stream)]

        middleware, client = self.middleware(app)
        result, _ = self.call(middleware, self.environ(**{"wsgi.input": io.BytesIO(b"ab\ncd\nef")}))
        list(result)
        self.assertEqual(client.last()["bytes_in"], 8)

    def test_aBodyThatIsClosedEarlyIsReportedAndClosed(self):
        closed = []

        class Body:
            def __iter__(self):
                yield b"one"
                yield b"two"

            def close(self):
                closed.append(True)

        def app(environ, start_response):
            start_response("200 OK", [])
            return Body()

        middleware, client = self.middleware(app)
        result, _ = self.call(middleware, self.environ())
        self.assertEqual(next(iter(result)), b"one")
        result.close()
        result.close()
        self.assertEqual((client.reports, closed), ([{"status": 200, "bytes_in": 0, "bytes_out": 3, "cost": None}], [True, True]))

    def test_trustedHopsAndAttributesOfTheApplication(self):
        middleware, _ = self.middleware(bare, trusted_hops=1, attributes=lambda environ: {"path": "/hello", "user": None})
        for status in ("200 OK", "429 Too Many Requests"):
            _, said = self.call(middleware, self.environ(HTTP_X_FORWARDED_FOR="192.0.2.1, 198.51.100.9"))
            self.assertEqual(said[0], status)
        _, said = self.call(middleware, self.environ(HTTP_X_FORWARDED_FOR="198.51.100.9, 192.0.2.1"))
        self.assertEqual(said[0], "200 OK")

    def test_requestsThatNeedNoCheckAreNotAsked(self):
        middleware, client = self.middleware(bare, when=lambda environ: environ["PATH_INFO"] != "/hello", headers=False)
        _, said = self.call(middleware, self.environ())
        self.assertEqual((said[0], client.stats.checks), ("200 OK", 0))
        _, said = self.call(middleware, self.environ(PATH_INFO="/other"))
        self.assertEqual((said[1], client.stats.checks), ([("Content-Type", "text/plain")], 1))
