"""Error answers of the Bot API; when they strike is decided elsewhere."""

from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.misbehaviour import Wish


class BotError(Exception):
    """An answer in the Bot API's error form."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
        if parameters:
            self.body["parameters"] = parameters

    def response(self) -> Response:
        """The JSON answer."""
        return JSONResponse(self.body, self.status)


def unauthorised() -> BotError:
    """A token nobody was given, or one that was taken back."""
    return BotError(401, "Unauthorized")


def bad(why: str) -> BotError:
    """A request that can never succeed."""
    return BotError(400, f"Bad Request: {why}")


def blocked() -> BotError:
    """The person stopped the bot."""
    return BotError(403, "Forbidden: bot was blocked by the user")


def moved(chat_id: int) -> BotError:
    """The group became a supergroup."""
    why = "Bad Request: group chat was upgraded to a supergroup chat"
    return BotError(400, why, migrate_to_chat_id=chat_id)


def has_webhook() -> BotError:
    """Polling while a webhook is set."""
    why = "can't use getUpdates method while webhook is active"
    return BotError(409, f"Conflict: {why}; use deleteWebhook to delete the webhook first")


class TelegramDialect:
    """How misbehaviour shows at Telegram."""

    def revoked(self) -> Response:
        """The bot's token was revoked at @BotFather."""
        return unauthorised().response()

    def rate_limited(self, wish: Wish) -> Response:
        """Too many messages; the wait is told in the body."""
        wait_s = max(1, round(wish.retry_after_s))
        why = f"Too Many Requests: retry after {wait_s}"
        return BotError(429, why, retry_after=wait_s).response()

    def server_error(self) -> Response:
        """The network's own trouble."""
        return BotError(502, "Bad Gateway").response()

    def proxy_page(self) -> Response:
        """HTML where JSON was expected."""
        return HTMLResponse("<html><head><title>502 Bad Gateway</title></head></html>", 502)
