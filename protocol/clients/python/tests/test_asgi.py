"""ASGI middleware: Starlette, FastAPI and Django under uvicorn, and applications that are played."""

import asyncio
import unittest
import warnings

from weir.asgi import WeirMiddleware

from tests.django_app import django_asgi
from tests.servers import ASGI, LIMITS, Behaviour, RecordingAsyncClient, request
from tests.support import AgentCase, framework


def is_estimate(scope):
    return 2 if scope["path"] == "/estimate" else 1


class ASGICase(AgentCase):
    limits = LIMITS

    @classmethod
    def make_client(cls):
        cls.client = RecordingAsyncClient(cls.agent.socket, deadline=2.0, on_trouble="closed", deny_cache=0)
        return cls.client

    @classmethod
    def serve(cls, app):
        server = ASGI(app)
        cls.addClassCleanup(server.stop)
        cls.port = server.port


async def stream(parts=5, pause=0.0):
    for _ in range(parts):
        await asyncio.sleep(pause)
        yield b"s" * 1000


class StarletteTests(Behaviour, ASGICase):
    @classmethod
    def setUpClass(cls):
        framework("starlette")
        framework("uvicorn")
        super().setUpClass()
        from starlette.applications import Starlette
        from starlette.middleware import Middleware
        from starlette.responses import PlainTextResponse, Response, StreamingResponse
        from starlette.routing import Route

        async def hello(request):
            return PlainTextResponse("hello")

        async def echo(request):
            return Response(await request.body(), 201)

        async def streamed(request):
            return StreamingResponse(stream())

        async def slow(request):
            return StreamingResponse(stream(1000, 0.01))

        async def fail(request):
            raise ZeroDivisionError

        async def estimate(request):
            request.scope["weir"].cost = 3
            return PlainTextResponse("done")

        routes = [Route(path, hello, methods=["GET", "POST"]) for path in ("/hello", "/keys/{name}", "/paid", "/slow", "/login")]
        routes += [
            Route("/echo", echo, methods=["POST"]), Route("/stream", streamed), Route("/slow/stream", slow), Route("/fail", fail),
            Route("/estimate", estimate),
        ]  # fmt: skip
        cls.serve(
            Starlette(
                routes=routes,
                middleware=[Middleware(WeirMiddleware, client=cls.make_client(), cost=is_estimate, reserve=True)],
            )
        )

    def test_aFieldThatComesTwiceIsRefused(self):
        for name in ("X-API-Key", "Authorization"):
            self.assertEqual(request(self.port, path="/hello", headers=[(name, "a"), (name, "b")]).status, 400)


class FastAPITests(Behaviour, ASGICase):
    @classmethod
    def setUpClass(cls):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fastapi = framework("fastapi")
        framework("uvicorn")
        super().setUpClass()
        from fastapi.responses import PlainTextResponse, StreamingResponse

        app = fastapi.FastAPI()
        app.add_middleware(WeirMiddleware, client=cls.make_client(), cost=is_estimate, reserve=True)

        def hello():
            return PlainTextResponse("hello")

        for path in ("/hello", "/keys/{name}", "/paid", "/slow", "/login"):
            app.add_api_route(path, hello, methods=["GET", "HEAD", "POST"])

        @app.post("/echo")
        async def echo(request: fastapi.Request):
            return PlainTextResponse(await request.body(), 201)

        @app.get("/stream")
        def streamed():
            return StreamingResponse(stream())

        @app.get("/slow/stream")
        def slow():
            return StreamingResponse(stream(1000, 0.01))

        @app.get("/fail")
        def fail():
            raise ZeroDivisionError

        @app.get("/estimate")
        def estimate(request: fastapi.Request):
            request.scope["weir"].cost = 3

        cls.serve(app)


class DjangoTests(Behaviour, ASGICase):
    @classmethod
    def setUpClass(cls):
        app = django_asgi()
        framework("uvicorn")
        super().setUpClass()

        async def with_lifespan(scope, receive, send):  # Django has none
            if scope["type"] != "lifespan":
                return await app(scope, receive, send)
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})

        cls.serve(WeirMiddleware(with_lifespan, cls.make_client(), cost=is_estimate, reserve=True))

    def test_aSlotIsFreeWhenTheResponseIsOverAndWhenTheClientIsGone(self):
        import django

        if django.VERSION >= (5, 0):
            return super().test_aSlotIsFreeWhenTheResponseIsOverAndWhenTheClientIsGone()
        # Before 5.0 Django does not notice that its client is gone: the slot is free when the response is over.
        for _ in range(3):
            self.assertEqual(request(self.port, path="/slow").status, 200)


class ByHandTests(ASGICase):
    """What no server does on purpose."""

    def ask(self, app, scope, messages=(), **options):
        """What an application behind the middleware sends."""
        sent, waiting = [], list(messages)

        async def main():
            client = self.make_client()

            async def receive():
                return waiting.pop(0) if waiting else {"type": "http.disconnect"}

            async def send(message):
                sent.append(message)

            try:
                await WeirMiddleware(app, client, **options)(scope, receive, send)
            finally:
                await client.aclose()

        asyncio.run(main())
        return sent

    def scope(self, **more):
        return {"type": "http", "method": "GET", "path": "/hello", "headers": [], "client": ("192.0.2.7", 1), **more}

    async def hello(self, scope, receive, send):
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"hello"})

    async def chat(self, scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": "é" + message.get("text", "")})

    def test_webSocketsAreAskedAboutAndCounted(self):
        messages = [{"type": "websocket.connect"}, {"type": "websocket.receive", "text": "hi"}, {"type": "websocket.disconnect"}]
        scope = self.scope(type="websocket")
        del scope["method"]
        sent = self.ask(self.chat, scope, messages)
        self.assertEqual(sent[0]["type"], "websocket.accept")
        self.assertEqual([name for name, _ in sent[0]["headers"]], [b"ratelimit", b"ratelimit-policy"])
        self.assertEqual(self.client.last(), {"status": 101, "bytes_in": 2, "bytes_out": 4, "cost": None})

    def test_webSocketsAreDeniedBeforeTheyOpen(self):
        scope = self.scope(type="websocket", path="/keys/a")
        sent = self.ask(self.chat, scope, [{"type": "websocket.connect"}])
        self.assertEqual(sent, [{"type": "websocket.close", "code": 1008, "reason": "Unauthorized"}])
        scope["extensions"] = {"websocket.http.response": {}}
        sent = self.ask(self.chat, scope, [{"type": "websocket.connect"}])
        self.assertEqual((sent[0]["type"], sent[0]["status"]), ("websocket.http.response.start", 401))

    def test_anApplicationThatFailsIsReportedAs500AndOneWhoseClientIsGoneAs499(self):
        async def fails(scope, receive, send):
            raise ZeroDivisionError

        async def leaves(scope, receive, send):
            await receive()

        with self.assertRaises(ZeroDivisionError):
            self.ask(fails, self.scope())
        self.assertEqual(self.client.last()["status"], 500)
        self.ask(leaves, self.scope(headers=[(b"content-length", b"77")]))
        self.assertEqual((self.client.last()["status"], self.client.last()["bytes_in"]), (499, 77))

    def test_whoIsCancelledIsReported(self):
        async def main():
            client = self.make_client()
            started = asyncio.Event()

            async def waits(scope, receive, send):
                started.set()
                await asyncio.sleep(60)

            task = asyncio.create_task(WeirMiddleware(waits, client)(self.scope(path="/slow"), None, None))
            await asyncio.wait_for(started.wait(), 5)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.assertEqual(await client.flush(), 0)
            self.assertEqual((client.last()["status"], client.stats.reports_counted), (499, 1))
            decision = await client.check({"ip": "192.0.2.7", "path": "/slow"})
            self.assertTrue(decision.allowed)
            await client.aclose()

        asyncio.run(main())

    def test_trustedHopsAndAttributesOfTheApplication(self):
        async def more(scope):
            return {"ip": "198.51.100.7"}

        self.assertEqual(self.ask(self.hello, self.scope(), attributes=more)[0]["status"], 200)
        self.assertEqual(self.ask(self.hello, self.scope(), attributes=lambda scope: {"ip": "198.51.100.7"})[0]["status"], 429)
        forwarded = [(b"x-forwarded-for", b"192.0.2.1"), (b"x-forwarded-for", b"198.51.100.8")]
        for status in (200, 429):
            self.assertEqual(self.ask(self.hello, self.scope(headers=forwarded), trusted_hops=1)[0]["status"], status)
        self.assertEqual(self.ask(self.hello, self.scope(headers=forwarded))[0]["status"], 200)

    def test_aSlotIsFreeBeforeTheLastByteLeaves(self):
        async def main():
            client = self.make_client()
            allowed = []

            async def again(message):
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    allowed.append((await client.check({"ip": "192.0.2.7", "path": "/slow"})).allowed)

            await WeirMiddleware(self.hello, client)(self.scope(path="/slow"), None, again)
            await client.aclose()
            self.assertEqual((allowed, len(client.reports)), ([True], 1))

        asyncio.run(main())

    def test_aCostThatIsNoneIsRefusedWhereItIsSet(self):
        async def app(scope, receive, send):
            for cost in (-1, 2**62, 1.5, "1"):
                with self.assertRaisesRegex(ValueError, "cost: found"):
                    scope["weir"].cost = cost
            await self.hello(scope, receive, send)

        self.assertEqual(self.ask(app, self.scope())[0]["status"], 200)

    def test_requestsThatNeedNoCheckAreNotAsked(self):
        sent = self.ask(self.hello, self.scope(path="/keys/a"), when=lambda scope: scope["path"] != "/keys/a")
        self.assertEqual((sent[0]["status"], self.client.stats.checks), (200, 0))

    def test_pathsAreAskedAboutAsTheyCame(self):
        for scope in (self.scope(path="/keys/a b", raw_path=b"/keys/a%20b"), self.scope(path="/keys/100%"), self.scope(path="/keys/?")):
            self.assertEqual(self.ask(self.hello, scope)[0]["status"], 401)

    def test_theClientIsClosedWithTheApplication(self):
        async def app(scope, receive, send):
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})

        sent = self.ask(app, {"type": "lifespan"}, [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
        self.assertEqual([message["type"] for message in sent], ["lifespan.startup.complete", "lifespan.shutdown.complete"])
