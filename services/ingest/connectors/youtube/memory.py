"""What is remembered of a channel's latest threads, as one text: what is new, changed or gone. Asking lives in the connector."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.ingest.connectors.times import iso_z, parse_time

THREADS_KEPT = 100
REPLIES_KEPT = 400
_NEVER = datetime.min.replace(tzinfo=UTC)
Thread = dict[str, Any]


@dataclass(slots=True)
class Known:
    """A thread as it was read: its video, when it began, how many replies it had, and each comment's last change.

    `seen_until`: replies up to this moment were read, but there are too many to remember.
    """

    video: str
    began: str
    replies: int = 0
    comments: dict[str, str] = field(default_factory=dict)
    seen_until: str = ""


@dataclass(slots=True)
class Memory:
    """The latest threads by id. Nothing older than `floor` is news."""

    floor: datetime = _NEVER
    newest: datetime = _NEVER
    threads: dict[str, Known] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None) -> "Memory":
        """Return what was remembered; nothing when it cannot be read."""
        try:
            told = json.loads(text or "{}")
            threads = {str(one): Known(*kept) for one, kept in told.get("threads", {}).items()}
            floor, newest = parse_time(told.get("floor")), parse_time(told.get("newest"))
        except (ValueError, TypeError, AttributeError):
            return cls()
        return cls(floor or _NEVER, newest or floor or _NEVER, threads)

    @classmethod
    def since(cls, moment: datetime) -> "Memory":
        """Return a memory to which everything after a moment is news."""
        return cls(moment, moment)

    def text(self) -> str:
        """Return it as it is kept."""
        threads = {
            key: [one.video, one.began, one.replies, one.comments, one.seen_until]
            for key, one in self.threads.items()
        }
        moments = {
            name: iso_z(at)
            for name, at in (("floor", self.floor), ("newest", self.newest))
            if at > _NEVER
        }
        return json.dumps({**moments, "threads": threads}, separators=(",", ":"))

    def is_news(self, thread: Thread) -> bool:
        """True when any comment that the thread shows is new or was changed."""
        known = self.threads.get(str(thread.get("id")), Known("", ""))
        return any(self._is_new(known, one) for one in comments_of(thread))

    def _is_new(self, known: Known, comment: Thread) -> bool:
        key, changed = str(comment.get("id")), changed_at(comment)
        if key in known.comments:
            return known.comments[key] != changed
        at = parse_time(changed)
        return at is None or (at >= self.floor and changed > known.seen_until)

    def has_more_replies(self, thread: Thread) -> bool:
        """True when there are replies that the thread does not show and that were not read before."""
        total, shown = total_replies(thread), len(replies_of(thread))
        known = self.threads.get(str(thread.get("id")))
        return total > shown and (known is None or known.replies != total)

    def learn(self, thread: Thread) -> None:
        """Remember a thread as it is now; replies that it does not show are still known."""
        key = str(thread.get("id"))
        began = str(_snippet(top_of(thread)).get("publishedAt") or "")
        known = self.threads.setdefault(key, Known(_video(thread), began))
        shown = {str(one.get("id")): changed_at(one) for one in comments_of(thread)}
        if len(shown) - 1 >= total_replies(thread):
            known.comments = shown
        else:
            known.comments.update(shown)
        known.replies = total_replies(thread)
        self.newest = max(self.newest, parse_time(began) or _NEVER)

    def lost(
        self, shown: list[Thread], held: list[Thread], *, is_all: bool
    ) -> Iterator[tuple[str, str]]:
        """Yield id and video of comments that should be on these pages and are not.

        `shown` reach from now to the oldest of them, to the very first when `is_all`.
        """
        there = {str(one.get("id")): one for one in [*held, *shown]}
        oldest = _NEVER if is_all else min((_began(one) for one in shown), default=_NEVER)
        for key, known in self.threads.items():
            thread = there.get(key)
            if thread is None:
                if (parse_time(known.began) or _NEVER) > oldest:
                    yield key, known.video
            elif len(replies_of(thread)) >= total_replies(thread):
                still = {str(one.get("id")) for one in comments_of(thread)}
                yield from ((one, known.video) for one in known.comments if one not in still)

    def forget(self, ids: set[str]) -> None:
        """Drop comments that were reported as gone."""
        self.threads = {key: one for key, one in self.threads.items() if key not in ids}
        for one in self.threads.values():
            one.comments = {key: at for key, at in one.comments.items() if key not in ids}

    def shrink(self) -> None:
        """Keep the latest threads, and not more replies than can be afforded."""
        latest = sorted(self.threads.items(), key=lambda row: row[1].began, reverse=True)
        room, kept = REPLIES_KEPT, {}
        for key, one in latest[:THREADS_KEPT]:
            if len(one.comments) - 1 > room:
                one.seen_until = max(one.comments.values())
                one.comments = {key: one.comments.get(key, "")}
            room -= max(0, len(one.comments) - 1)
            kept[key] = one
        if len(latest) > THREADS_KEPT:
            oldest = min(parse_time(one.began) or _NEVER for one in kept.values())
            self.floor = max(self.floor, oldest)
        self.threads = kept


def top_of(thread: Thread) -> Thread:
    """Return the comment a thread began with."""
    top = _snippet(thread).get("topLevelComment")
    return top if isinstance(top, dict) else {}


def replies_of(thread: Thread) -> list[Thread]:
    """Return the replies that a thread shows."""
    replies = thread.get("replies")
    shown = replies.get("comments") if isinstance(replies, dict) else None
    return [one for one in shown if isinstance(one, dict)] if isinstance(shown, list) else []


def comments_of(thread: Thread) -> list[Thread]:
    """Return everything a thread shows."""
    return [one for one in [top_of(thread), *replies_of(thread)] if one.get("id")]


def total_replies(thread: Thread) -> int:
    """Return how many replies there are."""
    total = _snippet(thread).get("totalReplyCount")
    return total if isinstance(total, int) else 0


def began_before(thread: Thread, moment: datetime) -> bool:
    """True when a thread began before a moment."""
    return _began(thread) < moment


def changed_at(comment: Thread) -> str:
    """Return when a comment was last changed, as YouTube writes it."""
    told = _snippet(comment)
    return str(told.get("updatedAt") or told.get("publishedAt") or "")


def _began(thread: Thread) -> datetime:
    return parse_time(_snippet(top_of(thread)).get("publishedAt")) or _NEVER


def _video(thread: Thread) -> str:
    return str(_snippet(thread).get("videoId") or _snippet(top_of(thread)).get("videoId") or "")


def _snippet(part: Thread) -> Thread:
    told = part.get("snippet")
    return told if isinstance(told, dict) else {}
