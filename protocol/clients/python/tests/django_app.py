"""A Django project in one module."""

import asyncio
import time

from tests.support import framework

urlpatterns = []


def _setup():
    django = framework("django")
    from django.conf import settings

    if not settings.configured:
        settings.configure(
            ROOT_URLCONF="tests.django_app", ALLOWED_HOSTS=["*"], SECRET_KEY="tests", LOGGING_CONFIG=None, USE_TZ=True,
            DATA_UPLOAD_MAX_MEMORY_SIZE=10_000_000,
        )  # fmt: skip
        django.setup()
        _routes()


def _routes():
    import logging

    import django
    from django.http import HttpResponse, StreamingHttpResponse
    from django.urls import path

    logging.getLogger("django").setLevel("CRITICAL")

    def stream(parts, pause):
        for _ in range(parts):
            time.sleep(pause)
            yield b"s" * 1000

    async def async_stream(parts, pause):
        for _ in range(parts):
            await asyncio.sleep(pause)
            yield b"s" * 1000

    def slow(request):
        # Under ASGI Django can give up only what is asynchronous.
        makes = async_stream if hasattr(request, "scope") and django.VERSION >= (5, 0) else stream
        return StreamingHttpResponse(makes(1000, 0.01))

    def passage(request):
        return request.environ["weir"] if hasattr(request, "environ") else request.scope["weir"]

    def estimate(request):
        passage(request).cost = 3
        return HttpResponse("done")

    for name in ("hello", "paid", "slow", "login"):
        urlpatterns.append(path(name, lambda request: HttpResponse("hello")))
    urlpatterns.append(path("keys/<name>", lambda request, name: HttpResponse("key")))
    urlpatterns.append(path("echo", lambda request: HttpResponse(request.body, status=201)))
    urlpatterns.append(path("stream", lambda request: StreamingHttpResponse(stream(5, 0))))
    urlpatterns.append(path("slow/stream", slow))
    urlpatterns.append(path("fail", lambda request: 1 / 0))
    urlpatterns.append(path("estimate", estimate))


def django_wsgi():
    _setup()
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def django_asgi():
    _setup()
    from django.core.asgi import get_asgi_application

    return get_asgi_application()
