"""What wraps every answer of the gateway: security headers, and a cap on what is sent to us."""

import secrets

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.web import problem

MOST_BODY_BYTES = 1024 * 1024


class SecurityHeaders:
    """ASGI middleware. `scope["csp_nonce"]` is the nonce of this answer's inline styles."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self._app = app
        self._is_https = is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope["csp_nonce"] = nonce
        headers = self._headers(nonce)

        async def send_headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}
                added = [(name, value) for name, value in headers if name not in own]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self._app(scope, receive, send_headed)

    def _headers(self, nonce: str) -> list[tuple[bytes, bytes]]:
        policy = (
            "default-src 'none'; script-src 'self'; "
            f"style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; "
            "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        )
        told = {
            "content-security-policy": policy,
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
            "cache-control": "no-store",
        }
        if self._is_https:
            told["strict-transport-security"] = "max-age=31536000"
        return [(name.encode(), value.encode()) for name, value in told.items()]


class BodyCap:
    """ASGI middleware: 413 for a body over 1 MiB, by its header or by what really comes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        size = _announced(scope)
        if size > MOST_BODY_BYTES:
            await _refuse(scope, receive, send)
            return
        seen = 0

        async def receive_counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > MOST_BODY_BYTES:
                # The framework lets only its own kind of exception through while it reads a body.
                raise HTTPException(413, _TOO_LARGE)
            return message

        await self._app(scope, receive_counted, send)


_TOO_LARGE = f"A request may have {MOST_BODY_BYTES // 1024} KiB."


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    answer = problem(413, "body.too_large", _TOO_LARGE, None, str(scope.get("request_id", "")))
    await answer(scope, receive, send)


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0
