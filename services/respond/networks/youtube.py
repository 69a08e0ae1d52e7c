"""Writes comments as a YouTube channel, finds them again, and moderates. Counting is in contracts.

Sources: networks.md section 13 of the contract cards; developers.google.com/youtube/v3/docs/comments.
"""

from datetime import timedelta
from typing import Any

import httpx

from contracts.networks import youtube
from runtime.clock import Clock
from services.respond.networks.calls import (
    Caller,
    done_of,
    moment_of,
    object_of,
    objects,
    text_of,
    within,
)
from services.respond.networks.matching import fingerprint, plain
from services.respond.networks.protocol import (
    Absent,
    Account,
    Amend,
    Backoff,
    Done,
    Failure,
    Finding,
    Found,
    Gone,
    Moderate,
    Moderated,
    Network,
    Outcome,
    Permanent,
    Publish,
    Reauthorise,
    Retry,
    Search,
    Sent,
    Target,
    Tools,
    Unknown,
    Unreadable,
    classify_server_error,
    unreadable_because,
)

_CLOCK_SKEW = timedelta(seconds=120)
_PAGES = 10
_GONE = "youtube.target_gone"
_SPENT = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_CODES = {
    "commentsDisabled": "youtube.comments_disabled",
    "commentTextTooLong": "youtube.too_long",
    "parentCommentNotFound": "youtube.target_gone",
    "commentNotFound": "youtube.target_gone",
    "commentThreadNotFound": "youtube.target_gone",
    "videoNotFound": "youtube.target_gone",
}
_STATUS = {"hide": "rejected", "unhide": "published", "block": "rejected"}


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return YouTube(tools.client, tools.clock)


class YouTube:
    """Replies under a top-level comment. There is no other place for them."""

    name = "youtube"
    # Google keeps no key: a repeat is a second comment.
    same_key_window_s = 0.0

    def __init__(self, client: httpx.AsyncClient, clock: Clock) -> None:
        self._clock = clock
        self._caller = Caller(client, self.classify)

    def text_for(self, target: Target, text: str) -> str:
        """Return the text; the answer to a reply names whom it is for, as all stand in one row."""
        handle = target.author_handle
        is_reply = youtube.top_of(target.external_id) != target.external_id
        if not is_reply or not handle or f"@{handle}".casefold() in text.casefold():
            return text
        return f"@{handle} {text}"

    async def limit_of(self, _account: Account, _target: Target) -> int:
        """Return the limit: it is the same for everybody."""
        return youtube.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """POST comments under the top-level comment."""
        if publish.target.kind != "comment" or publish.is_private:
            return Permanent("network.unsupported", "YouTube only takes answers to comments")
        parent = youtube.top_of(publish.target.external_id)
        snippet = {"parentId": parent, "textOriginal": publish.text}
        answer = await self._caller.ask(
            account, "POST", "comments", params={"part": "snippet"}, json={"snippet": snippet}
        )
        if not isinstance(answer, httpx.Response):
            return answer
        comment_id = object_of(answer).get("id")
        if not isinstance(comment_id, str) or not comment_id:
            return Unknown("network.answer_unreadable", "YouTube's answer named no comment")
        return Sent(comment_id, _permalink(publish.target, comment_id))

    async def find(self, account: Account, search: Search) -> Finding:
        """Read every reply under the top-level comment."""
        parent = youtube.top_of(search.target.external_id)
        params = {"part": "snippet", "parentId": parent, "maxResults": "100"}
        for _ in range(_PAGES):
            answer = await self._caller.ask(account, "GET", "comments", params=params)
            if isinstance(answer, Permanent) and answer.code == _GONE:
                return Gone()
            if not isinstance(answer, httpx.Response):
                return unreadable_because(answer)
            told = object_of(answer)
            if not isinstance(told.get("items"), list):
                return Unreadable("network.answer_unreadable", "the replies could not be read")
            found = _own_among(objects(told["items"]), account, search)
            if found is not None:
                return found
            if not told.get("nextPageToken"):
                return Absent()
            params["pageToken"] = str(told["nextPageToken"])
        return Unreadable("network.too_much", "too many replies to look through")

    async def amend(self, account: Account, amend: Amend) -> Moderated:
        """PUT the comment with its new text."""
        told = {"id": amend.target.external_id, "snippet": {"textOriginal": amend.text}}
        answer = await self._caller.ask(
            account, "PUT", "comments", params={"part": "snippet"}, json=told
        )
        return done_of(answer)

    async def moderate(self, account: Account, moderate: Moderate) -> Moderated:
        """Reject, publish, reject with a ban, or delete."""
        params = {"id": moderate.target.external_id}
        if moderate.act == "delete":
            answer = await self._caller.ask(account, "DELETE", "comments", params=params)
            is_over = isinstance(answer, Permanent) and answer.code == _GONE
            return Done() if is_over or isinstance(answer, httpx.Response) else answer
        status = _STATUS.get(moderate.act)
        if status is None:
            return Permanent("network.unsupported", f"YouTube has no way to {moderate.act}")
        params["moderationStatus"] = status
        if moderate.act == "block":
            params["banAuthor"] = "true"
        path = "comments/setModerationStatus"
        answer = await self._caller.ask(account, "POST", path, params=params)
        return Done() if isinstance(answer, httpx.Response) else answer

    def classify(self, answer: httpx.Response) -> Failure:
        """Class an answer that is no success by Google's reason."""
        status, error = answer.status_code, within(object_of(answer), "error")
        rows = objects(within(error, "errors"))
        word = str(rows[0].get("reason") or "") if rows else ""
        message = text_of(within(error, "message"), word or f"HTTP {status} without a reason")
        trouble = classify_server_error(status)
        if isinstance(trouble, Retry):
            return Retry(trouble.code, message, trouble.is_doubtful)
        if status == 401:
            return Reauthorise("youtube.grant_invalid", message)
        if word in _SPENT:
            now = self._clock.now()
            wait_s = (youtube.resets_at(now) - now).total_seconds()
            return Backoff("youtube.quota_spent", message, wait_s)
        if word in _FAST or status == 429:
            return Backoff("youtube.throttled", message, _told_s(answer))
        if word == "processingFailure":
            return Retry("youtube.processing_failure", message)
        code = _GONE if status in (404, 410) else "youtube.not_allowed"
        return Permanent(_CODES.get(word, code), message)


def _told_s(answer: httpx.Response) -> float | None:
    after = answer.headers.get("retry-after", "")
    return float(after[:9]) if after.isascii() and after.isdigit() else None


def _own_among(rows: list[dict[str, Any]], account: Account, search: Search) -> Found | None:
    wanted = fingerprint(search.text)
    for row in rows:
        snippet = row.get("snippet")
        at = moment_of(within(snippet, "publishedAt"))
        is_own = within(snippet, "authorChannelId", "value") == account.account_id
        is_recent = at is None or at >= search.sent_at - _CLOCK_SKEW
        is_free = isinstance(row.get("id"), str) and row["id"] not in search.taken
        if is_own and is_recent and is_free and wanted in _texts(snippet):
            return Found(row["id"], _permalink(search.target, row["id"]))
    return None


def _texts(snippet: object) -> set[str]:
    original, shown = within(snippet, "textOriginal"), within(snippet, "textDisplay")
    return {
        *([fingerprint(original)] if isinstance(original, str) else []),
        *([fingerprint(plain(shown))] if isinstance(shown, str) else []),
    }


def _permalink(target: Target, comment_id: str) -> str | None:
    if not target.root_id:
        return None
    return f"https://www.youtube.com/watch?v={target.root_id}&lc={comment_id}"
