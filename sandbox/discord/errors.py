"""Refusals with Discord's codes; when they strike is decided elsewhere."""

from starlette.responses import HTMLResponse, Response

from sandbox.endpoints import Refusal
from sandbox.misbehaviour import Wish


def refusal(status: int, code: int, message: str) -> Refusal:
    """An answer in Discord's form."""
    return Refusal(status, {"message": message, "code": code})


def unauthorised() -> Refusal:
    """No token, an unknown one, or one that was reset."""
    return refusal(401, 0, "401: Unauthorized")


def unknown_channel() -> Refusal:
    """No such channel."""
    return refusal(404, 10003, "Unknown Channel")


def unknown_message() -> Refusal:
    """No such message."""
    return refusal(404, 10008, "Unknown Message")


def missing_access() -> Refusal:
    """The bot may not see the channel."""
    return refusal(403, 50001, "Missing Access")


def missing_permission() -> Refusal:
    """The bot lacks a permission for this act."""
    return refusal(403, 50013, "Missing Permissions")


def invalid_form(why: str) -> Refusal:
    """A field of the body cannot be."""
    return refusal(400, 50035, f"Invalid Form Body: {why}")


class DiscordDialect:
    """How misbehaviour shows at Discord."""

    def revoked(self) -> Response:
        """The token was reset."""
        return unauthorised().response()

    def rate_limited(self, wish: Wish) -> Response:
        """A bucket is empty."""
        wait_s = max(1.0, wish.retry_after_s)
        body = {
            "message": "You are being rate limited.", "retry_after": wait_s, "global": False,
        }  # fmt: skip
        headers = {
            "Retry-After": str(round(wait_s)),
            "X-RateLimit-Limit": "10",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset-After": str(wait_s),
            "X-RateLimit-Bucket": "abcd1234",
            "X-RateLimit-Scope": "user",
        }
        return Refusal(429, body, headers).response()

    def server_error(self) -> Response:
        """Trouble at the back."""
        return refusal(500, 0, "500: Internal Server Error").response()

    def proxy_page(self) -> Response:
        """HTML where JSON was expected."""
        return HTMLResponse("<html><title>502 Bad Gateway</title></html>", 502)
