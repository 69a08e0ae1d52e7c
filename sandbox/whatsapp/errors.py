"""Error answers of the Cloud API with the codes of its documentation; when they strike is decided elsewhere."""

from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.misbehaviour import Wish

_PROXY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"


class WhatsAppError(Exception):
    """An answer in the Cloud API's error form."""

    def __init__(
        self, status: int, code: int, title: str, details: str = "", wait_s: float = 0
    ) -> None:
        super().__init__(title)
        self.status = status
        self.headers = {"Retry-After": str(max(1, round(wait_s)))} if wait_s else {}
        error: dict[str, Any] = {"message": f"(#{code}) {title}", "type": "OAuthException"}
        error["code"] = code
        if details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": details}
        self.error = {**error, "fbtrace_id": f"Swa{code:09d}"}

    def response(self) -> Response:
        """The JSON answer."""
        return JSONResponse({"error": self.error}, self.status, headers=self.headers)


def invalid(details: str) -> WhatsAppError:
    """A parameter that is missing, too long or of the wrong form."""
    return WhatsAppError(400, 100, "Invalid parameter", details)


def window_closed() -> WhatsAppError:
    """The customer wrote too long ago."""
    details = (
        "Message failed to send because more than 24 hours have passed since the customer last"
    )
    return WhatsAppError(400, 131047, "Re-engagement message", f"{details} replied to this number.")


def undeliverable() -> WhatsAppError:
    """Nobody of that number or id."""
    return WhatsAppError(400, 131026, "Message undeliverable")


def bad_template(details: str) -> WhatsAppError:
    """No such approved template, or its parameters do not fit."""
    return WhatsAppError(404, 132001, "Template name does not exist in the translation", details)


def no_token() -> WhatsAppError:
    """A token nobody was given."""
    return WhatsAppError(401, 190, "Error validating access token")


class WhatsAppDialect:
    """How misbehaviour shows at the Cloud API."""

    def revoked(self) -> Response:
        """The system user's token was taken back."""
        return no_token().response()

    def rate_limited(self, wish: Wish) -> Response:
        """Too many messages for the number's throughput."""
        return WhatsAppError(429, 130429, "Rate limit hit", wait_s=wish.retry_after_s).response()

    def server_error(self) -> Response:
        """The network's own trouble."""
        return WhatsAppError(500, 131000, "Something went wrong").response()

    def proxy_page(self) -> Response:
        """HTML where JSON was expected."""
        return HTMLResponse(_PROXY_PAGE, 502)
