"""Google's refusals; when they strike is decided elsewhere."""

from datetime import datetime, timedelta

from starlette.responses import HTMLResponse, Response

from sandbox.endpoints import Refusal
from sandbox.misbehaviour import Wish
from sandbox.world import Now


def refusal(
    status: int, reason: str, message: str = "", domain: str = "youtube.comment"
) -> Refusal:
    """An answer in Google's form: the reason is what counts."""
    row = {"message": message or reason, "domain": domain, "reason": reason}
    error = {"code": status, "message": message or reason, "errors": [row]}
    return Refusal(status, {"error": error})


def unauthorised() -> Refusal:
    """No token, an unknown one, or one taken back."""
    made = refusal(401, "authError", "Request had invalid authentication credentials.", "global")
    made.body["error"]["status"] = "UNAUTHENTICATED"
    return made


def spent() -> Refusal:
    """The project has no units left today."""
    why = "The request cannot be completed because you have exceeded your quota."
    return refusal(403, "quotaExceeded", why, "youtube.quota")


class GoogleDialect:
    """How misbehaviour shows at Google."""

    def revoked(self) -> Response:
        """The person withdrew the app's access."""
        return unauthorised().response()

    def rate_limited(self, wish: Wish) -> Response:
        """Too fast; Google names a wait only sometimes."""
        made = refusal(403, "rateLimitExceeded", domain="usageLimits")
        made.headers["Retry-After"] = str(max(1, round(wish.retry_after_s)))
        return made.response()

    def server_error(self) -> Response:
        """Trouble at the back."""
        return refusal(500, "backendError", domain="global").response()

    def proxy_page(self) -> Response:
        """HTML where JSON was expected."""
        return HTMLResponse("<!DOCTYPE html><html><title>Error 502</title></html>", 502)


class Units:
    """What all accounts together may spend on a day of eight hours behind UTC."""

    def __init__(self, now: Now, limit: int) -> None:
        self._now, self._limit = now, limit
        self._day: datetime | None = None
        self.spent = 0

    def spend(self, units: int) -> None:
        """Take units. Raises the refusal when there are not enough."""
        day = (self._now() - timedelta(hours=8)).replace(hour=0, minute=0, second=0, microsecond=0)
        if day != self._day:
            self._day, self.spent = day, 0
        if self.spent + units > self._limit:
            raise spent()
        self.spent += units
