"""Error answers of an AT Protocol server; when they strike is decided elsewhere."""

import math
from datetime import timedelta

from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.misbehaviour import Wish
from sandbox.world import Now

_PAGE = (
    "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
)


class XrpcError(Exception):
    """An answer in XRPC's error form: a name and a message."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status, self.name, self.message = status, name, message

    def response(self, headers: dict[str, str] | None = None) -> Response:
        """The JSON answer."""
        body = {"error": self.name, "message": self.message}
        return JSONResponse(body, self.status, headers=headers)


def invalid(why: str) -> XrpcError:
    """A request that can never do."""
    return XrpcError(400, "InvalidRequest", why)


def expired() -> XrpcError:
    """An access or refresh token that is over."""
    return XrpcError(400, "ExpiredToken", "Token has expired")


def no_record(uri: str) -> XrpcError:
    """No such record in this repository."""
    return XrpcError(400, "RecordNotFound", f"Could not locate record: {uri}")


class BlueskyDialect:
    """How misbehaviour shows at an AT Protocol server."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def revoked(self) -> Response:
        """The app password was deleted."""
        return XrpcError(400, "ExpiredToken", "Token has been revoked").response()

    def rate_limited(self, wish: Wish) -> Response:
        """429; the reset is unix seconds, and there is no Retry-After."""
        reset_at = self._now() + timedelta(seconds=wish.retry_after_s)
        headers = {
            "RateLimit-Limit": "1666",
            "RateLimit-Remaining": "0",
            "RateLimit-Reset": str(math.ceil(reset_at.timestamp())),
            "RateLimit-Policy": "5000;w=3600",
        }
        return XrpcError(429, "RateLimitExceeded", "Rate Limit Exceeded").response(headers)

    def server_error(self) -> Response:
        """The server behind the entryway does not answer."""
        return XrpcError(502, "UpstreamFailure", "Upstream Failure").response()

    def proxy_page(self) -> Response:
        """HTML where JSON was expected."""
        return HTMLResponse(_PAGE, 502)
