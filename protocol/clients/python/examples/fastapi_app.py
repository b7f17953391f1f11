"""uvicorn --app-dir examples fastapi_app:app   (with WEIR_SOCKET, or an agent at /run/weir/agent.sock)"""

from fastapi import FastAPI, Request

from weir.asgi import WeirMiddleware

app = FastAPI()
app.add_middleware(WeirMiddleware)


@app.get("/")
def hello(request: Request) -> dict:
    decision = request.scope["weir"].decision
    return {"rule": decision.rule, "remaining": decision.remaining}
