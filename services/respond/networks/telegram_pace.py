"""How fast a bot may write: one message a second in a chat, twenty a minute in a group. No calls here."""

from collections import deque
from datetime import datetime, timedelta

from contracts.networks.telegram import is_group

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_PER_MINUTE = 20
_CHATS_KEPT = 10_000


class Pace:
    """Remembers the last minute of every chat of this process; what others send shows as 429."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, str], deque[datetime]] = {}

    def take(self, bot: str, chat: str, now: datetime) -> float:
        """Return 0 and count a message, or return for how many seconds to wait."""
        sent = self._sent.setdefault((bot, chat), deque())
        while sent and now - sent[0] >= _MINUTE:
            sent.popleft()
        waits = [_SECOND - (now - sent[-1])] if sent else []
        if is_group(chat) and len(sent) >= _PER_MINUTE:
            waits.append(_MINUTE - (now - sent[0]))
        wait_s = max((one.total_seconds() for one in waits), default=0.0)
        if wait_s > 0:
            return wait_s
        sent.append(now)
        self._forget(now)
        return 0.0

    def _forget(self, now: datetime) -> None:
        if len(self._sent) > _CHATS_KEPT:
            kept = {key: at for key, at in self._sent.items() if at and now - at[-1] < _MINUTE}
            self._sent = kept
