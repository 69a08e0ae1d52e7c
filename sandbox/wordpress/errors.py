"""Error answers of a WordPress site; when they strike is decided elsewhere."""

from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.misbehaviour import Wish


class WordPressError(Exception):
    """An answer in the form of WP_Error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def response(self) -> Response:
        """The JSON answer."""
        data = {"status": self.status}
        body = {"code": self.code, "message": self.message, "data": data}
        return JSONResponse(body, self.status)


def not_allowed(what: str) -> WordPressError:
    """Nobody is signed in, or a user without the right."""
    return WordPressError(401, what, "Sorry, you are not allowed to do that.")


def wrong_password() -> WordPressError:
    """An application password that was taken back."""
    message = "The provided password is an invalid application password."
    return WordPressError(401, "incorrect_password", message)


def no_comment() -> WordPressError:
    """No comment of this number."""
    return WordPressError(404, "rest_comment_invalid_id", "Invalid comment ID.")


def no_route() -> WordPressError:
    """Nothing lives at this path."""
    message = "No route was found matching the URL and request method."
    return WordPressError(404, "rest_no_route", message)


class WordPressDialect:
    """How misbehaviour shows at a WordPress site."""

    def revoked(self) -> Response:
        """The application password was taken back."""
        return wrong_password().response()

    def rate_limited(self, wish: Wish) -> Response:
        """429 of the server in front of the site."""
        headers = {"Retry-After": str(int(wish.retry_after_s))}
        return HTMLResponse("<html>429 Too Many Requests</html>", 429, headers)

    def server_error(self) -> Response:
        """PHP died."""
        message = "There has been a critical error on this website."
        return WordPressError(500, "internal_server_error", message).response()

    def proxy_page(self) -> Response:
        """The page of a site that is being updated."""
        page = "<html>Briefly unavailable for scheduled maintenance. Check back in a minute.</html>"
        return HTMLResponse(page, 503, {"Retry-After": "600"})
