"""Writes the one answer a Google review may have, finds it again, and deletes it. Counting is in contracts.

Sources: networks.md section 17 of the contract cards; Business Profile API, accounts.locations.reviews.
"""

from typing import Any
from urllib.parse import quote

import httpx

from contracts.networks import google_business
from runtime.clock import Clock
from services.respond.networks.calls import (
    Caller,
    done_of,
    harmless,
    object_of,
    text_of,
    told_wait_s,
    within,
)
from services.respond.networks.matching import fingerprint
from services.respond.networks.protocol import (
    Absent,
    Account,
    Amend,
    Backoff,
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
    classify_server_error,
    unreadable_because,
)

_GONE = "google_business.target_gone"
_SCOPE = "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
_YEAR_S = 365 * 86400.0


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return GoogleReviews(tools.client, tools.clock)


class GoogleReviews:
    """A review has one answer, and writing it again replaces it: a repeat never makes a second one."""

    name = "google_business"
    # The answer's place is its key: the same text put there twice stands there once, whenever it is.
    same_key_window_s = 10 * _YEAR_S

    def __init__(self, client: httpx.AsyncClient, clock: Clock) -> None:
        self._clock = clock
        self._caller = Caller(client, self.classify)

    def text_for(self, _target: Target, text: str) -> str:
        """Return the text as it is: the author is told."""
        return text

    async def limit_of(self, _account: Account, _target: Target) -> int:
        """Return the limit in bytes: it is the same for everybody."""
        return google_business.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """PUT the reply, unless somebody wrote another one: that is never replaced.

        Google has no condition for a PUT, so an answer that is written elsewhere between our reading
        and our writing, a fraction of a second, is replaced all the same.
        """
        if publish.target.kind != "review" or publish.is_private:
            return Permanent("network.unsupported", "Google only takes answers to reviews")
        review_id = publish.target.external_id
        reply_id = google_business.reply_id(review_id)
        there = await self._reply(account, review_id)
        if isinstance(there, Failure):
            return harmless(there)
        if there is not None and fingerprint(there) == fingerprint(publish.text):
            return Sent(reply_id, is_repeat=True)
        if there is not None:
            why = "somebody answered this review elsewhere, and a review has one answer"
            return Permanent("google_business.answered_elsewhere", why)
        body = {"comment": publish.text}
        path = f"{_path(account, review_id)}/reply"
        answer = await self._caller.ask(account, "PUT", path, json=body)
        if not isinstance(answer, httpx.Response):
            return answer
        if not isinstance(object_of(answer).get("comment"), str):
            return Unknown("network.answer_unreadable", "Google's answer held no reply")
        return Sent(reply_id)

    async def find(self, account: Account, search: Search) -> Finding:
        """Read the review: its answer is ours, or it has none of ours."""
        review_id = google_business.review_of(search.target.external_id)
        there = await self._reply(account, review_id)
        if isinstance(there, Permanent) and there.code == _GONE:
            return Gone()
        if isinstance(there, Failure):
            return unreadable_because(there)
        if there is not None and fingerprint(there) == fingerprint(search.text):
            return Found(google_business.reply_id(review_id))
        return Absent()

    async def amend(self, account: Account, amend: Amend) -> Moderated:
        """PUT the reply again: it takes the place of the one that is there."""
        review_id = google_business.review_of(amend.target.external_id)
        path = f"{_path(account, review_id)}/reply"
        return done_of(await self._caller.ask(account, "PUT", path, json={"comment": amend.text}))

    async def moderate(self, account: Account, moderate: Moderate) -> Moderated:
        """Delete the own answer. Nothing else can be done to a review."""
        external_id = moderate.target.external_id
        if moderate.act != "delete":
            return Permanent("network.unsupported", f"Google has no way to {moderate.act}")
        if not google_business.is_reply(external_id):
            return Permanent("google_business.not_own", "only the own answer can be deleted")
        path = f"{_path(account, google_business.review_of(external_id))}/reply"
        answer = await self._caller.ask(account, "DELETE", path)
        return done_of(answer, _GONE)

    async def _reply(self, account: Account, review_id: str) -> str | Failure | None:
        """Return the words of the answer that is there, or None."""
        answer = await self._caller.ask(account, "GET", _path(account, review_id))
        if not isinstance(answer, httpx.Response):
            return answer
        review = object_of(answer)
        if not review.keys() & {"reviewId", "name", "starRating"}:
            return Unknown("network.answer_unreadable", "the review could not be read")
        words = within(review, "reviewReply", "comment")
        return words if isinstance(words, str) and words else None

    def classify(self, answer: httpx.Response) -> Failure:
        """Class an answer that is no success by Google's canonical word and the HTTP status."""
        status, error = answer.status_code, within(object_of(answer), "error")
        word = str(within(error, "status") or "")
        message = text_of(within(error, "message"), word or f"HTTP {status} without a reason")
        if status == 401 or (status == 403 and _has_reason(error, _SCOPE)):
            return Reauthorise("google_business.grant_invalid", message)
        if status == 429 or word == "RESOURCE_EXHAUSTED":
            wait_s = told_wait_s(answer, self._clock.now())
            return Backoff("google_business.throttled", message, wait_s)
        if status == 409:
            return Retry("network.server_error", message, is_doubtful=True)
        if word == "NOT_FOUND" or status == 410:
            return Permanent(_GONE, message)
        if status == 403:
            return Permanent("google_business.not_allowed", message)
        trouble = classify_server_error(status)
        return trouble or Permanent("google_business.refused", message)


def _path(account: Account, review_id: str) -> str:
    return f"{quote(account.account_id.strip('/'))}/reviews/{quote(review_id, safe='')}"


def _has_reason(error: Any, reason: str) -> bool:
    rows = within(error, "details")
    return isinstance(rows, list) and any(within(row, "reason") == reason for row in rows)
