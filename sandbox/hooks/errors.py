"""Error answers of the other system; when they strike is decided elsewhere."""

from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.misbehaviour import Wish


def problem(status: int, why: str, wait_s: float = 0) -> Response:
    """An answer that is no success."""
    headers = {"Retry-After": str(max(1, round(wait_s)))} if wait_s else {}
    return JSONResponse({"error": why}, status, headers=headers)


class HooksDialect:
    """How misbehaviour shows at the other system."""

    def revoked(self) -> Response:
        """It took another secret and told nobody."""
        return problem(401, "the signature does not match")

    def rate_limited(self, wish: Wish) -> Response:
        """Too many calls."""
        return problem(429, "slow down", wish.retry_after_s)

    def server_error(self) -> Response:
        """Its own trouble."""
        return problem(500, "something went wrong")

    def proxy_page(self) -> Response:
        """HTML where JSON was expected."""
        return HTMLResponse("<html><head><title>502 Bad Gateway</title></head></html>", 502)
