"""Refusals with the codes of the Threads API; when they strike is decided elsewhere."""

from typing import Any

from starlette.responses import HTMLResponse, Response

from sandbox.endpoints import Refusal
from sandbox.misbehaviour import Wish


def refusal(status: int, code: int, message: str, **more: Any) -> Refusal:
    """An answer in Meta's form."""
    told = {"message": message, "type": more.pop("type", "OAuthException"), "code": code, **more}
    return Refusal(status, {"error": {**told, "fbtrace_id": "Sbx0"}})


def gone(object_id: str) -> Refusal:
    """The object does not exist, or is nothing to this token."""
    message = (
        f"Unsupported get request. Object with ID '{object_id}' does not exist, cannot be loaded"
        " due to missing permissions, or does not support this operation"
    )
    return refusal(400, 100, message, type="THApiException", error_subcode=33)


def bad_parameter(why: str) -> Refusal:
    """A parameter is missing, empty or too long."""
    return refusal(400, 100, why, type="THApiException")


def no_token() -> Refusal:
    """No token, an unknown one, or one taken back."""
    return refusal(400, 190, "Error validating access token")


class ThreadsDialect:
    """How misbehaviour shows at Threads."""

    def revoked(self) -> Response:
        """The person withdrew the app's access."""
        return no_token().response()

    def rate_limited(self, wish: Wish) -> Response:
        """The app's calls are spent."""
        made = refusal(400, 4, "Application request limit reached", is_transient=True)
        made.headers["Retry-After"] = str(max(1, round(wish.retry_after_s)))
        return made.response()

    def server_error(self) -> Response:
        """Trouble at the back."""
        why = "An unexpected error has occurred. Please retry your request later."
        return refusal(500, 2, why, is_transient=True).response()

    def proxy_page(self) -> Response:
        """HTML where JSON was expected."""
        return HTMLResponse("<html><title>502 Bad Gateway</title></html>", 502)
