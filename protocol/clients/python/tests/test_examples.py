"""The examples run."""

import os
import re
import subprocess
import sys
import unittest
import warnings

from tests.servers import ASGI, WSGI, request
from tests.support import AgentCase, framework

ROOT = os.path.join(os.path.dirname(__file__), "..")


class ExampleTests(AgentCase):
    limits = "default: 3/h by ip"

    def setUp(self):
        os.environ["WEIR_SOCKET"] = self.agent.socket
        os.environ["WEIR_CLIENT_DEADLINE"] = "2s"
        self.addCleanup(os.environ.pop, "WEIR_SOCKET")
        self.addCleanup(os.environ.pop, "WEIR_CLIENT_DEADLINE")
        sys.path.insert(0, os.path.join(ROOT, "examples"))
        self.addCleanup(sys.path.pop, 0)

    def run_check(self, *arguments):
        program = [sys.executable, os.path.join(ROOT, "examples/check.py"), *arguments]
        done = subprocess.run(program, capture_output=True, text=True, timeout=20)
        return done.returncode, done.stdout

    def test_check(self):
        for left in (2, 1, 0):
            code, said = self.run_check("ip=192.0.2.1", "path=/search")
            self.assertEqual(code, 0)
            self.assertRegex(said, rf'^allow 200 ok by default\nRateLimit: "default";r={left};t=')
        code, said = self.run_check("ip=192.0.2.1")
        self.assertEqual(code, 1)
        self.assertTrue(re.match(r"deny 429 rate by default\n(.*\n)*Retry-After: [0-9]+\n", said), said)

    def test_fastapi(self):
        framework("fastapi")
        framework("uvicorn")
        import fastapi_app

        server = ASGI(fastapi_app.app)
        self.addCleanup(server.stop)
        self.assertEqual(request(server.port).body, b'{"rule":"default","remaining":2}')

    def test_flask(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            framework("flask")
        import flask_app

        server = WSGI(flask_app.app)
        self.addCleanup(server.stop)
        self.addCleanup(flask_app.app.wsgi_app.client.close)
        self.assertEqual(request(server.port).status, 200)


if __name__ == "__main__":
    unittest.main()
