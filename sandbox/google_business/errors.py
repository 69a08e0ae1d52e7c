"""Refusals in google.rpc.Status' form; when they strike is decided elsewhere."""

from starlette.responses import HTMLResponse, Response

from sandbox.endpoints import Refusal
from sandbox.misbehaviour import Wish


def refusal(code: int, status: str, message: str) -> Refusal:
    """An answer with Google's canonical word."""
    return Refusal(code, {"error": {"code": code, "message": message, "status": status}})


def unauthenticated() -> Refusal:
    """No token, an unknown one, or one taken back."""
    why = "Request had invalid authentication credentials. Expected OAuth 2 access token."
    return refusal(401, "UNAUTHENTICATED", why)


def not_found() -> Refusal:
    """No such location, review or reply."""
    return refusal(404, "NOT_FOUND", "Requested entity was not found.")


class BusinessDialect:
    """How misbehaviour shows at the Business Profile API."""

    def revoked(self) -> Response:
        """The person withdrew the app's access."""
        return unauthenticated().response()

    def rate_limited(self, wish: Wish) -> Response:
        """The project's queries for this minute are spent."""
        made = refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Requests'.")
        made.headers["Retry-After"] = str(max(1, round(wish.retry_after_s)))
        return made.response()

    def server_error(self) -> Response:
        """Trouble at the back."""
        return refusal(503, "UNAVAILABLE", "The service is currently unavailable.").response()

    def proxy_page(self) -> Response:
        """HTML where JSON was expected."""
        return HTMLResponse("<!DOCTYPE html><html><title>Error 502</title></html>", 502)
