"""Asks a weir-agent on this machine whether requests may pass.

    client = weir.Client()
    decision = client.check({"ip": "192.0.2.1", "path": "/search"})
    if decision.allowed:
        ...
        client.report(decision.ticket, status=200, bytes_out=4096)

``AsyncClient`` does the same in asyncio; ``weir.asgi`` and ``weir.wsgi`` have middleware.
"""

from weir.aio import AsyncClient
from weir.client import Client
from weir.decision import Decision, Report, Ticket
from weir.settings import Settings, SettingsError
from weir.wire import InvalidRequest

__all__ = ["AsyncClient", "Client", "Decision", "InvalidRequest", "Report", "Settings", "SettingsError", "Ticket"]
__version__ = "1.0"
