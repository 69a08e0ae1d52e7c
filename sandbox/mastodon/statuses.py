"""What an account may read and do at the Mastodon stand-in: post, delete, favourite, threads, pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import regex

from sandbox.ledger import Entry, Ledger
from sandbox.mastodon import errors
from sandbox.mastodon.formats import Entities
from sandbox.models import Account, Item, Visibility
from sandbox.world import World
from sandbox.writing import Pen, Words

_URL = regex.compile(r"https?://\S+")
_REMOTE = regex.compile(r"(?<![\w/])@(\w+)@[\w.-]+\w")
_LINK_COUNTS_AS = "x" * 23
_VISIBILITIES: dict[str, Visibility] = {
    "public": "public",
    "unlisted": "unlisted",
    "private": "private",
    "direct": "direct",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """The parameters of POST /api/v1/statuses, and what the ledger shall note of the call."""

    status: str
    in_reply_to_id: str | None = None
    visibility: str = "public"
    spoiler_text: str = ""
    language: str | None = None
    idempotency_key: str | None = None
    outcome: str = "answered"
    client: str | None = None


def length(text: str) -> int:
    """Characters as Mastodon counts: grapheme clusters, a link 23, of @user@host only @user."""
    text = _REMOTE.sub(r"@\1", _URL.sub(_LINK_COUNTS_AS, text))
    return len(regex.findall(r"\X", text))


class Statuses:
    """The rules of a Mastodon server, without HTTP."""

    def __init__(
        self, world: World, pen: Pen, ledger: Ledger, entities: Entities, max_characters: int
    ) -> None:
        self._world, self._pen, self._ledger, self._entities = world, pen, ledger, entities
        self.max_characters = max_characters

    def find(self, status_id: str, viewer: Account | None) -> Item:
        """A status this account may see; raises MastodonError 404 otherwise."""
        item = self._world.item("mastodon", status_id)
        if item is None or item.is_deleted:
            raise errors.not_found()
        is_closed = item.visibility in ("direct", "private")
        if is_closed and (viewer is None or viewer.id != item.account_id):
            raise errors.not_found()
        return item

    def create(self, account: Account, draft: Draft, now: datetime) -> Item:
        """A status; the same idempotency key within an hour gives the first one again."""
        key = draft.idempotency_key
        known = self._ledger.by_key("mastodon", account.id, key, now) if key else None
        if known is not None:
            return self.find(known.id, account)
        self._check(draft)
        parent = self.find(draft.in_reply_to_id, account) if draft.in_reply_to_id else None
        words = Words(
            text=draft.status,
            language=draft.language or (parent.language if parent else account.languages[0]),
            visibility=_VISIBILITIES[draft.visibility],
            spoiler_text=draft.spoiler_text,
            mentions=self._named(draft.status, parent),
        )
        item = self._pen.answer(account, parent, words)
        self._write_ledger(account, draft, item)
        return item

    def _check(self, draft: Draft) -> None:
        if not draft.status.strip():
            raise errors.invalid("Text can't be blank")
        if draft.visibility not in _VISIBILITIES:
            raise errors.invalid("Visibility is not included in the list")
        if length(draft.status) + length(draft.spoiler_text) > self.max_characters:
            raise errors.invalid(f"Text character limit of {self.max_characters} exceeded")

    def _named(self, text: str, parent: Item | None) -> tuple[str, ...]:
        """Only people who are named in the text are told, as on a real server."""
        if parent is None or parent.is_own:
            return ()
        is_named = f"@{parent.author_handle}".lower() in text.lower()
        return (parent.author_id,) if is_named else ()

    def _write_ledger(self, account: Account, draft: Draft, item: Item) -> None:
        self._ledger.write(
            Entry(
                seq=self._ledger.next_seq(),
                network="mastodon",
                account=account.id,
                in_reply_to=draft.in_reply_to_id,
                text=draft.status,
                id=item.id,
                at=item.created_at,
                idempotency_key=draft.idempotency_key,
                visibility=item.visibility,
                outcome=draft.outcome,
                client=draft.client,
            )
        )

    def delete(self, account: Account, status_id: str) -> dict[str, Any]:
        """Remove an own status; the answer carries its source text."""
        item = self.find(status_id, account)
        if item.author_id != account.id:
            # A server does not tell strangers' statuses from missing ones here.
            raise errors.not_found()
        body = self._entities.status(item, account) | {"text": item.text}
        self._world.delete(item)
        return body

    def edit(self, account: Account, status_id: str, told: dict[str, Any]) -> Item:
        """Change an own status; a warning that is not named is cleared. The same text is no new version."""
        item, text = self.find(status_id, account), told.get("status")
        if item.author_id != account.id:
            raise errors.not_found()
        if not isinstance(text, str) or not text.strip():
            raise errors.MastodonError(422, "Validation failed: Text can't be blank")
        item.spoiler_text = str(told.get("spoiler_text") or "")
        if text != item.text:
            self._world.edit(item, text)
        return item

    def favourite(self, account: Account, status_id: str, is_liked: bool) -> Item:
        """Favourite, or take it back."""
        item = self.find(status_id, account)
        self._world.like(item, account.id, is_liked)
        return item

    def context(self, account: Account | None, status_id: str) -> dict[str, Any]:
        """Ancestors from the root down, descendants depth first."""
        item = self.find(status_id, account)
        ancestors: list[Item] = []
        above = self._world.item("mastodon", item.parent_id or "")
        while above is not None:
            if not above.is_deleted:
                ancestors.insert(0, above)
            above = self._world.item("mastodon", above.parent_id or "")
        return {
            "ancestors": [self._entities.status(one, account) for one in ancestors],
            "descendants": [self._entities.status(one, account) for one in self._below(item)],
        }

    def _below(self, item: Item) -> list[Item]:
        found = []
        for child in self._world.children(item):
            found += [child, *self._below(child)]
        return found

    def written_by(self, account_id: str, viewer: Account | None) -> list[Item]:
        """What an account wrote, oldest first by id; direct ones only for those concerned."""
        items = [
            i
            for i in self._world.items("mastodon")
            if i.author_id == account_id and not i.is_deleted
        ]
        is_self = viewer is not None and viewer.id == account_id
        shown = [i for i in items if is_self or i.visibility in ("public", "unlisted")]
        return sorted(shown, key=lambda item: int(item.id))
