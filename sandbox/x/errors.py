"""X's refusals; when they strike is decided elsewhere."""

from starlette.responses import HTMLResponse, Response

from sandbox.endpoints import Refusal
from sandbox.misbehaviour import Wish
from sandbox.world import Now

_PROBLEMS = "https://api.x.com/2/problems"


def unauthorised() -> Refusal:
    """No token, an unknown one, or one taken back."""
    body = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
    return Refusal(401, body)


def forbidden(detail: str) -> Refusal:
    """A 403 with X's words; there are no codes."""
    body = {"detail": detail, "type": "about:blank", "title": "Forbidden", "status": 403}
    return Refusal(403, body)


def not_enrolled() -> Refusal:
    """The tier has no such thing."""
    body = {
        "title": "Client Forbidden",
        "type": f"{_PROBLEMS}/client-forbidden",
        "required_enrollment": "Appropriate Level of API Access",
        "reason": "client-not-enrolled",
    }
    return Refusal(403, body)


def invalid(detail: str = "One or more parameters to your request was invalid.") -> Refusal:
    """A call X does not understand."""
    body = {
        "title": "Invalid Request",
        "detail": detail,
        "type": f"{_PROBLEMS}/invalid-request",
    }
    return Refusal(400, body)


def limited(headers: dict[str, str]) -> Refusal:
    """Too many calls to this place."""
    return Refusal(429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, headers)


def missing(post_id: str) -> dict[str, object]:
    """The 200 that says a post is not there."""
    error = {
        "resource_id": post_id,
        "resource_type": "tweet",
        "parameter": "id",
        "value": post_id,
        "title": "Not Found Error",
        "detail": f"Could not find tweet with id: [{post_id}].",
        "type": f"{_PROBLEMS}/resource-not-found",
    }
    return {"errors": [error]}


class XDialect:
    """How misbehaviour shows at X."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def revoked(self) -> Response:
        """The person took the app's permission back."""
        return unauthorised().response()

    def rate_limited(self, wish: Wish) -> Response:
        """429 with the moment of reset in unix seconds."""
        reset = int(self._now().timestamp() + wish.retry_after_s) + 1
        headers = {
            "x-rate-limit-limit": "100",
            "x-rate-limit-remaining": "0",
            "x-rate-limit-reset": str(reset),
        }
        return limited(headers).response()

    def server_error(self) -> Response:
        """Over capacity."""
        return Refusal(503, {"title": "Service Unavailable", "status": 503}).response()

    def proxy_page(self) -> Response:
        """HTML where JSON was expected."""
        return HTMLResponse("<html><body><h1>502 Bad Gateway</h1></body></html>", 502)


class Limits:
    """Calls an account may make to one place in each quarter of an hour, as the three headers tell."""

    WINDOW_S = 900

    def __init__(self, now: Now) -> None:
        self._now = now
        self._used: dict[tuple[str, str, int], int] = {}

    def take(self, account_id: str, place: str, limit: int) -> dict[str, str]:
        """Count one call. Raises the 429 when there is none left."""
        window = int(self._now().timestamp()) // self.WINDOW_S
        key = (account_id, place, window)
        self._used = {one: used for one, used in self._used.items() if one[2] == window}
        used = self._used[key] = self._used.get(key, 0) + 1
        headers = {
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(max(0, limit - used)),
            "x-rate-limit-reset": str((window + 1) * self.WINDOW_S),
        }
        if used > limit:
            raise limited(headers)
        return headers
