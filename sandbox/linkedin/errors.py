"""Refusals in LinkedIn's form; when they strike is decided elsewhere."""

from starlette.responses import HTMLResponse, Response

from sandbox.endpoints import Refusal
from sandbox.misbehaviour import Wish


def refusal(status: int, code: str, message: str, service_code: int = 0) -> Refusal:
    """An answer with LinkedIn's words."""
    body = {"status": status, "serviceErrorCode": service_code, "code": code, "message": message}
    return Refusal(status, body)


def unauthorised() -> Refusal:
    """No token, an unknown one, or one taken back."""
    return refusal(
        401, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked", 65601
    )


def denied() -> Refusal:
    """The member lost the role at the page."""
    return refusal(403, "ACCESS_DENIED", "Not enough permissions to access this resource", 100)


def not_found() -> Refusal:
    """No such entity."""
    return refusal(404, "NOT_FOUND", "Not Found")


class LinkedInDialect:
    """How misbehaviour shows at LinkedIn."""

    def revoked(self) -> Response:
        """The member withdrew the app's access."""
        return unauthorised().response()

    def rate_limited(self, wish: Wish) -> Response:
        """The day's calls are spent."""
        why = "Resource level throttle APPLICATION_AND_MEMBER DAY limit for calls is reached."
        made = refusal(429, "TOO_MANY_REQUESTS", why, 101)
        made.headers["Retry-After"] = str(max(1, round(wish.retry_after_s)))
        return made.response()

    def server_error(self) -> Response:
        """Trouble at the back."""
        return refusal(500, "INTERNAL_SERVER_ERROR", "Internal Server Error").response()

    def proxy_page(self) -> Response:
        """HTML where JSON was expected."""
        return HTMLResponse("<html><title>502 Bad Gateway</title></html>", 502)
