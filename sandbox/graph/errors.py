"""Error answers of the Graph API with the codes of its documentation; when they strike is decided elsewhere."""

import json
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.misbehaviour import Wish

_PROXY_PAGE = (
    "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1>"
    "</center><hr><center>proxy</center></body></html>"
)


class GraphError(Exception):
    """An answer in Graph's error form: HTTP status, code and what belongs to it."""

    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.headers: dict[str, str] = more.pop("headers", {})
        kind = more.pop("type", "OAuthException")
        self.error = {"message": message, "type": kind, **_ordered(more), "code": code}
        if "error_subcode" in more:
            self.error["error_subcode"] = more["error_subcode"]
        self.error["fbtrace_id"] = f"Sbx{abs(hash((code, message))) % 10**9:09d}"

    def response(self) -> Response:
        """The JSON answer."""
        return JSONResponse({"error": self.error}, self.status, headers=self.headers)


def _ordered(more: dict[str, Any]) -> dict[str, Any]:
    return {key: more[key] for key in ("is_transient",) if key in more}


def gone(object_id: str) -> GraphError:
    """The object does not exist, was deleted, or belongs to a page this token does not manage."""
    return GraphError(
        400,
        100,
        f"Unsupported get request. Object with ID '{object_id}' does not exist, cannot be loaded"
        " due to missing permissions, or does not support this operation",
        type="GraphMethodException",
        error_subcode=33,
    )


def bad_parameter(why: str) -> GraphError:
    """A parameter is missing, empty or too long."""
    return GraphError(400, 100, f"(#100) {why}")


def no_token() -> GraphError:
    """Nobody was named by the call."""
    return GraphError(
        400,
        2500,
        "An active access token must be used to query information about the current user.",
    )


def unknown_token() -> GraphError:
    """A token nobody was given."""
    return GraphError(401, 190, "Invalid OAuth access token - Cannot parse access token")


class GraphDialect:
    """How misbehaviour shows at Graph."""

    def revoked(self) -> Response:
        """The person who gave the token changed the password."""
        message = "Error validating access token: The session has been invalidated because the user"
        message += (
            " changed their password or Facebook has changed the session for security reasons."
        )
        return GraphError(400, 190, message, error_subcode=460).response()

    def rate_limited(self, wish: Wish) -> Response:
        """Page or app limit; the wait is told in minutes for the page limit, by count for the app."""
        minutes = max(1, round(wish.retry_after_s / 60))
        if wish.account is None:
            usage = {"call_count": 100, "total_time": 25, "total_cputime": 25}
            headers = {"X-App-Usage": json.dumps(usage, separators=(",", ":"))}
            return GraphError(
                400, 4, "(#4) Application request limit reached", is_transient=True, headers=headers
            ).response()
        used = {"type": "pages", "call_count": 100, "total_cputime": 25, "total_time": 25}
        used["estimated_time_to_regain_access"] = minutes
        business = json.dumps({wish.account: [used]}, separators=(",", ":"))
        headers = {"X-Business-Use-Case-Usage": business}
        return GraphError(400, 32, "(#32) Page request limit reached", headers=headers).response()

    def server_error(self) -> Response:
        """Graph's own trouble."""
        return GraphError(500, 1, "An unknown error occurred").response()

    def proxy_page(self) -> Response:
        """HTML where JSON was expected."""
        return HTMLResponse(_PROXY_PAGE, 502)
