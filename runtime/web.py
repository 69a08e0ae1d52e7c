"""HTTP for every service: problem+json answers, request ids, metrics, the server as a component,
and the health port. Routes are in the services."""

import asyncio
import contextlib
import secrets
import time
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Misconfigured,
    NotFound,
    RapportError,
    Unavailable,
)
from runtime.logs import get_logger
from runtime.metrics import Probe, RuntimeMetrics
from runtime.service import Service

log = get_logger("runtime.web")
STATUS = {Invalid: 400, Forbidden: 403, NotFound: 404, Conflict: 409, Unavailable: 503}
TITLES = {
    400: "Bad request", 401: "Not signed in", 403: "Not allowed", 404: "Not found",
    405: "Method not allowed", 409: "Conflict", 413: "Too large", 415: "Wrong content type",
    422: "Not as documented", 429: "Too many requests", 500: "Our mistake", 503: "Try again soon",
}  # fmt: skip


_CODES = {404: "route.unknown", 405: "method.not_allowed", 413: "body.too_large"}


class HttpError(Exception):
    """An answer with a status of its own (401, 413, 429...), as problem+json."""

    def __init__(
        self, status: int, code: str, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers


def problem(
    status: int, code: str, detail: str, headers: dict[str, str] | None = None, request_id: str = ""
) -> JSONResponse:
    """Return an RFC 9457 problem document with our stable `code`.

    A 404 carries its request id in the header only: what is hidden from somebody must answer with
    the same bytes as what does not exist.
    """
    body: dict[str, object] = {
        "type": "about:blank",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "code": code,
        "detail": detail,
    }
    if status != 404:
        body["request_id"] = request_id
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def request_id_of(request: Request) -> str:
    """Return the id that the log lines and the answer of this request share."""
    return str(request.scope.get("request_id", ""))


def answer_problems(app: FastAPI) -> None:
    """Make every error of this app a problem document."""

    async def on_http_error(request: Request, error: Any) -> Response:
        return problem(
            error.status, error.code, error.detail, error.headers, request_id_of(request)
        )

    async def on_rapport_error(request: Request, error: Any) -> Response:
        status = next((s for kind, s in STATUS.items() if isinstance(error, kind)), 500)
        headers = None
        if isinstance(error, Unavailable):
            headers = {"Retry-After": str(max(1, round(error.retry_after_s or 2)))}
        return problem(status, error.code, error.why, headers, request_id_of(request))

    async def on_http_exception(request: Request, error: Any) -> Response:
        code = _CODES.get(error.status_code, "http.error")
        headers = dict(error.headers) if error.headers else None
        return problem(error.status_code, code, str(error.detail), headers, request_id_of(request))

    async def on_invalid(request: Request, error: Any) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        detail = f"{where}: {first['msg']}"
        return problem(422, "request.invalid", detail, None, request_id_of(request))

    async def on_bug(request: Request, error: Exception) -> Response:
        log.error("http.unexpected", path=request.url.path, exc_info=error)
        detail = (
            "Something went wrong on our side; nothing you sent was accepted. Please try again."
        )
        return problem(500, "bug.unexpected", detail, None, request_id_of(request))

    app.add_exception_handler(HttpError, on_http_error)
    app.add_exception_handler(RapportError, on_rapport_error)
    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(Exception, on_bug)


class Observed:
    """ASGI middleware: a request id, and count and time by route. Outermost."""

    def __init__(self, app: ASGIApp, metrics: RuntimeMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope["request_id"] = request_id
        started = time.perf_counter()
        status = 500

        async def send_observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_observed)
        finally:
            route = _route_of(scope)
            self._metrics.http_requests.labels(route, scope["method"], str(status)).inc()
            self._metrics.http_seconds.labels(route).observe(time.perf_counter() - started)


def _route_of(scope: Scope) -> str:
    """Name the route: its path, or the function's name where it is a plain one. A closed set."""
    named = getattr(scope.get("route"), "path", None)
    return str(named or getattr(scope.get("endpoint"), "__name__", "unmatched"))


class HttpServer:
    """uvicorn as a component: it leaves signals to the service and drains its connections."""

    def __init__(self, app: Any, host: str, port: int, *, drain_s: int = 5) -> None:
        self.name = f"http:{port}"
        self._where = (host, port)
        config = uvicorn.Config(
            app, host=host, port=port, log_config=None, access_log=False, lifespan="off",
            server_header=False, timeout_graceful_shutdown=drain_s, timeout_keep_alive=75,
        )  # fmt: skip
        self._server = _QuietServer(config)
        self.task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port in use (known once started, also when 0 was asked for)."""
        return int(self._server.servers[0].sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen. Raises `Misconfigured` when the port is taken."""
        self.task = asyncio.create_task(self._serve(), name=self.name)
        while not self._server.started:
            if self.task.done():
                host, port = self._where
                raise Misconfigured(
                    "http.port_taken",
                    f"cannot listen on {host}:{port}: the port is taken or not ours to use; "
                    "stop the program that holds it or choose another port",
                )
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Take no new connection, let requests end, close."""
        self._server.should_exit = True
        if self.task is not None:
            await self.task

    async def _serve(self) -> None:
        with contextlib.suppress(SystemExit):
            await self._server.serve()


class _QuietServer(uvicorn.Server):
    """A server that leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


def health_app(service: Service) -> FastAPI:
    """Return the app of the health port: /livez, /readyz, /startupz and /metrics, no I/O in any."""
    app = FastAPI(openapi_url=None)

    def verdict(is_well: bool, problems: dict[str, str]) -> Response:
        return JSONResponse({"ok": is_well, "problems": problems}, 200 if is_well else 503)

    def failing(probes: dict[str, Probe]) -> dict[str, str]:
        return {name: why for name, probe in probes.items() if (why := probe()) is not None}

    @app.get("/livez")
    async def live() -> Response:
        problems = failing(service.heartbeats)
        return verdict(not problems, problems)

    @app.get("/startupz")
    async def started() -> Response:
        return verdict(service.is_started, {})

    @app.get("/readyz")
    async def ready() -> Response:
        problems = failing(service.probes)
        return verdict(service.is_started and not problems, problems)

    @app.get("/metrics")
    async def metrics() -> Response:
        body, content_type = service.metrics.render()
        return Response(body, media_type=content_type)

    return app


def health_server(service: Service) -> HttpServer:
    """Return the component that serves a service's health and metrics on their own port."""
    settings = service.settings
    return HttpServer(health_app(service), settings.health_host, settings.health_port, drain_s=1)
