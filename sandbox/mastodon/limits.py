"""The request limit of a Mastodon server: so many calls an account in each window of five minutes."""

from datetime import UTC, datetime

from sandbox.world import Now

WINDOW_S = 300


class Limits:
    """Counts per token; the window is aligned to the clock as on a real server."""

    def __init__(self, per_window: int, now: Now) -> None:
        self._per_window, self._now = per_window, now
        self._window = 0
        self._used: dict[str, int] = {}

    def take(self, key: str) -> tuple[bool, dict[str, str]]:
        """Count one call: whether it is allowed, and the three X-RateLimit headers."""
        window = int(self._now().timestamp()) // WINDOW_S
        if window != self._window:
            self._window, self._used = window, {}
        used = self._used[key] = self._used.get(key, 0) + 1
        reset_at = datetime.fromtimestamp((window + 1) * WINDOW_S, UTC)
        headers = {
            "X-RateLimit-Limit": str(self._per_window),
            "X-RateLimit-Remaining": str(max(0, self._per_window - used)),
            "X-RateLimit-Reset": reset_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        return used <= self._per_window, headers
