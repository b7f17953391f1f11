"""PYTHONPATH=. flask --app examples/flask_app run   (with WEIR_SOCKET, or an agent at /run/weir/agent.sock)"""

from flask import Flask, request

from weir.wsgi import WeirMiddleware

app = Flask(__name__)
app.wsgi_app = WeirMiddleware(app.wsgi_app)  # type: ignore[method-assign]


@app.get("/")
def hello() -> dict:
    decision = request.environ["weir"].decision
    return {"rule": decision.rule, "remaining": decision.remaining}
