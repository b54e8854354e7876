"""Stripe's API over HTTP, as the sandbox answers it, and the server that runs it.

Here is what belongs to HTTP: keys, forms, idempotency, faults, request ids. What the answers say is
in `endpoints.py`. `serve(world)` runs it in a thread; `python -m sandbox` in a process of its own.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import controls, endpoints, forms, front_page, pay_page
from sandbox.api_errors import ApiError
from sandbox.faults import Faults
from sandbox.objects import Payer
from sandbox.payments import pay
from sandbox.world import World

IDEMPOTENCY_LASTS = timedelta(hours=24)


@dataclass(frozen=True)
class Remembered:
    """An answer that a repeated request gets again."""

    question: str
    body: dict[str, Any]
    at: datetime


class CutConnection(Response):
    """An answer that breaks off: the connection is closed in the middle."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Promise 4096 bytes, send a few, and leave."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"object": "', "more_body": True})


class StripeApi:
    """One world's Stripe, asked over HTTP."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.requests = 0
        self._remembered: dict[str, Remembered] = {}

    async def handle(self, request: Request, path: str) -> Response:
        """Answer one request under `/v1`."""
        self.requests += 1
        if delay := self.faults.delay(request.method, path):
            await asyncio.sleep(delay)
        body = (await request.body()).decode("utf-8", "replace")
        hit = self.faults.take(request.method, path)
        try:
            self._refuse(request, hit)
            if "drop" in hit:
                return CutConnection()
            status, answer = 200, self._answer(request, path, body, hit)
        except ApiError as error:
            status, answer = error.status, error.body
        if "lose_answer" in hit:
            return CutConnection()
        return self._respond(request, path, status, answer)

    def _answer(self, request: Request, path: str, body: str, hit: list[str]) -> dict[str, Any]:
        text = body if request.method == "POST" else request.url.query
        question = f"{request.method} {path} {text}"
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        with self.world.lock:
            if "new_payment" in hit:
                pay(self.world.account, Payer("Somebody Else", "somebody@example.com"), 2500)
            if key is not None and (known := self._known(key, question)) is not None:
                return known
            params = forms.decode(parse_qsl(text, keep_blank_values=True))
            answer = endpoints.answer(self.world.account, request.method, path, params)
            # What is sent later must be what it was now.
            answer = json.loads(json.dumps(answer)) if key is not None else answer
            if key is not None:
                self._remembered[key] = Remembered(question, answer, self.world.now)
            return answer

    def _known(self, key: str, question: str) -> dict[str, Any] | None:
        known = self._remembered.get(key)
        if known is None or self.world.now - known.at > IDEMPOTENCY_LASTS:
            return None
        if known.question != question:
            raise ApiError(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were "
                f"first used with. Try using a key other than '{key}' if you meant to execute a "
                "different request.",
                kind="idempotency_error",
            )
        return known.body

    def _refuse(self, request: Request, hit: list[str]) -> None:
        """Raise what keeps this request from being answered at all."""
        if self.faults.is_over_limit() or "rate_limit" in hit:
            raise ApiError(429, "Too many requests. (SANDBOX)", code="rate_limit")
        if "server_error" in hit:
            raise ApiError(500, "Something went wrong on Stripe's end. (SANDBOX)", kind="api_error")
        check_key(request.headers)
        if request.method not in ("GET", "POST", "DELETE"):
            raise ApiError(405, "The sandbox knows GET and POST.")

    def _respond(
        self, request: Request, path: str, status: int, answer: dict[str, Any]
    ) -> Response:
        headers = {
            "Request-Id": self.world.account.new_id("request"),
            "Stripe-Version": request.headers.get("stripe-version", ""),
            "X-Sandbox": "true",
        }
        if status == 429:
            headers["Stripe-Rate-Limited-Reason"] = "global-rate"
        if "idempotency-key" in request.headers:
            headers["Idempotency-Key"] = request.headers["idempotency-key"]
        if path.startswith("files/") and path.endswith("/contents"):
            return Response(answer["text"], media_type="text/csv", headers=headers)
        with self.world.lock:
            self.world.postman.collect(self.world.account)
            return JSONResponse(answer, status, headers)


def check_key(headers: Mapping[str, str]) -> None:
    """Raise ApiError unless the request brings a test key."""
    kind, _, value = headers.get("authorization", "").partition(" ")
    key = value.strip()
    if kind.lower() == "basic":
        with contextlib.suppress(binascii.Error, UnicodeDecodeError):
            key = base64.b64decode(value).decode("ascii").partition(":")[0]
    if not key:
        raise ApiError(401, "You did not provide an API key.")
    if key.startswith(("sk_live_", "rk_live_")):
        raise ApiError(
            403,
            "This is the SANDBOX, which moves no money: it refuses live keys. "
            "Use a key that starts with sk_test_.",
            code="secret_key_required",
        )
    if not key.startswith(("sk_test_", "rk_test_")):
        raise ApiError(
            401, "Invalid API Key provided. The sandbox takes keys that start with sk_test_."
        )


def make_app(world: World) -> FastAPI:
    """Return the sandbox's web application: the API, the pay pages, the controls."""
    app = FastAPI(title="Pledgeline SANDBOX", docs_url="/_sandbox/docs", redoc_url=None)
    api = StripeApi(world)
    app.state.world, app.state.api = world, api
    app.add_api_route("/v1/{path:path}", api.handle, methods=["GET", "POST", "DELETE"],
                      include_in_schema=False, response_model=None)  # fmt: skip
    app.include_router(controls.make_router(world, api.faults))
    app.include_router(pay_page.make_router(world))
    app.include_router(front_page.make_router(world))
    return app


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox."""

    world: World
    url: str
    api: StripeApi


@contextlib.contextmanager
def serve(world: World, port: int = 0) -> Iterator[Sandbox]:
    """Run the sandbox in a thread, on a free port unless one is named, until the block ends."""
    app = make_app(world)
    with listening(app, port) as url:
        world.account.answer_at(url)
        yield Sandbox(world, url, app.state.api)


@contextlib.contextmanager
def listening(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """Let an application answer on the loopback address; yield where."""
    listener = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],), name="sandbox", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
