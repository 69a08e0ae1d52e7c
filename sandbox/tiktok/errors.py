"""Answers in TikTok's envelope, good and bad; when the bad ones strike is decided elsewhere."""

from typing import Any

from starlette.responses import HTMLResponse, Response

from sandbox.endpoints import Refusal
from sandbox.misbehaviour import Wish


def envelope(data: dict[str, Any]) -> dict[str, Any]:
    """A success."""
    return {"code": 0, "message": "OK", "request_id": "20261009", "data": data}


def refusal(code: int, message: str) -> Refusal:
    """A failure, which HTTP calls a success."""
    return Refusal(200, {"code": code, "message": message, "request_id": "20261009", "data": {}})


def bad_token() -> Refusal:
    """No token, an unknown one, or one taken back."""
    return refusal(40105, "Access token is incorrect or has been revoked.")


def not_found() -> Refusal:
    """No such comment or video."""
    return refusal(40006, "The comment does not exist.")


class TikTokDialect:
    """How misbehaviour shows at TikTok."""

    def revoked(self) -> Response:
        """The person withdrew the app's access."""
        return bad_token().response()

    def rate_limited(self, wish: Wish) -> Response:
        """Too many calls in a minute."""
        made = refusal(40100, "Requests made too frequently.")
        made.headers["Retry-After"] = str(max(1, round(wish.retry_after_s)))
        return made.response()

    def server_error(self) -> Response:
        """Trouble at the back."""
        return refusal(50000, "System error").response()

    def proxy_page(self) -> Response:
        """HTML where JSON was expected."""
        return HTMLResponse("<html><title>502 Bad Gateway</title></html>", 502)
