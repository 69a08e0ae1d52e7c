"""Error answers of a Mastodon server; when they strike is decided elsewhere."""

from datetime import timedelta

from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.misbehaviour import Wish
from sandbox.world import Now

_ERROR_PAGE = (
    "<!DOCTYPE html><html lang='en'><head><title>We're sorry, but something went wrong (500)"
    "</title></head><body><p>We're sorry, but something went wrong on our end.</p></body></html>"
)


class MastodonError(Exception):
    """An answer in Mastodon's error form."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}

    def response(self) -> Response:
        """The JSON answer."""
        return JSONResponse({"error": self.message}, self.status, headers=self.headers)


def unauthorised() -> MastodonError:
    """No token, an unknown token or a revoked one."""
    return MastodonError(401, "The access token is invalid")


def not_found() -> MastodonError:
    """Missing, deleted or not visible to this account: all the same to the caller."""
    return MastodonError(404, "Record not found")


def forbidden() -> MastodonError:
    """Somebody else's status."""
    return MastodonError(403, "This action is not allowed")


def invalid(why: str) -> MastodonError:
    """A status the server refuses."""
    return MastodonError(422, f"Validation failed: {why}")


class MastodonDialect:
    """How misbehaviour shows at a Mastodon server."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def revoked(self) -> Response:
        """The person withdrew the app's access."""
        return MastodonError(401, "The access token was revoked").response()

    def rate_limited(self, wish: Wish) -> Response:
        """429 with the moment of reset as an ISO time."""
        reset_at = self._now() + timedelta(seconds=wish.retry_after_s)
        headers = {
            "Retry-After": str(max(1, round(wish.retry_after_s))),
            "X-RateLimit-Limit": "300",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": reset_at.isoformat(timespec="microseconds")[:26] + "Z",
        }
        return MastodonError(429, "Too many requests", headers).response()

    def server_error(self) -> Response:
        """The server cannot just now."""
        return MastodonError(503, "Remote data could not be fetched").response()

    def proxy_page(self) -> Response:
        """HTML where JSON was expected."""
        return HTMLResponse(_ERROR_PAGE, 500)
