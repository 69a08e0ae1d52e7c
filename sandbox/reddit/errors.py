"""Reddit's refusals and its limit; when they strike is decided elsewhere."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sandbox.endpoints import Refusal
from sandbox.misbehaviour import Wish
from sandbox.models import Account
from sandbox.world import Now

_WINDOW_S = 600
_LIMIT = 1000


def refusal(status: int, message: str, headers: dict[str, str] | None = None) -> Refusal:
    """An answer in Reddit's form."""
    return Refusal(status, {"message": message, "error": status}, headers)


def unauthorised() -> Refusal:
    """No token, an unknown one, or one taken back."""
    return refusal(401, "Unauthorized")


def in_body(code: str, words: str, field: str, **more: float) -> Refusal:
    """An error that comes with HTTP 200."""
    return Refusal(200, {"json": {"errors": [[code, words, field]], **more}})


class RedditDialect:
    """How misbehaviour shows at Reddit."""

    def revoked(self) -> Response:
        """The person withdrew the app's access."""
        return unauthorised().response()

    def rate_limited(self, wish: Wish) -> Response:
        """429 with the seconds left."""
        headers = {
            "x-ratelimit-remaining": "0.0",
            "x-ratelimit-used": str(_LIMIT),
            "x-ratelimit-reset": str(max(1, round(wish.retry_after_s))),
        }
        return refusal(429, "Too Many Requests", headers).response()

    def server_error(self) -> Response:
        """Trouble at the back; Reddit says so in HTML."""
        return HTMLResponse("<html></html>", 503)

    def proxy_page(self) -> Response:
        """HTML where JSON was expected."""
        return HTMLResponse("<!doctype html><title>Ow! -- reddit.com</title>", 502)


class Limits:
    """Calls in ten minutes, and the rule about the User-Agent."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._used: dict[tuple[str, int], int] = {}

    def count(self, request: Request, account: Account) -> dict[str, str]:
        """Count one call; the headers of its answer. Raises the 429."""
        now_s = int(self._now().timestamp())
        key = (account.id, now_s // _WINDOW_S)
        self._used = {one: used for one, used in self._used.items() if one[1] == key[1]}
        used = self._used[key] = self._used.get(key, 0) + 1
        headers = {
            "x-ratelimit-remaining": f"{max(0, _LIMIT - used)}.0",
            "x-ratelimit-used": str(used),
            "x-ratelimit-reset": str(_WINDOW_S - now_s % _WINDOW_S),
        }
        # An agent that names nobody is throttled away at once.
        is_named = "(by /u/" in request.headers.get("user-agent", "")
        if used > _LIMIT or not is_named:
            raise refusal(429, "Too Many Requests", headers)
        return headers
