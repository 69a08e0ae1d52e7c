"""Reviews of a location and their answers, without HTTP: who may write what, and how it is shown."""

import zlib
from datetime import datetime
from typing import Any

from sandbox.control.emission import CannotEmit, Emission
from sandbox.google_business.errors import not_found, refusal
from sandbox.ledger import Entry, Ledger
from sandbox.models import Account, Item, Person
from sandbox.world import World

NETWORK = "google_business"
_MOST_BYTES = 4096
_STARS = ("ONE", "TWO", "THREE", "FOUR", "FIVE")


def google_time(at: datetime) -> str:
    """2026-10-09T12:44:32.123456000Z: nanoseconds, of which this clock knows a thousandth."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond:06d}000Z"


class Reviews:
    """The reviews of all locations."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world, self._ledger = world, ledger

    def listed(self, account: Account) -> list[Item]:
        """The reviews that are there, the latest change first."""
        found = [
            one
            for one in self._world.items(NETWORK, account.id)
            if one.kind == "review" and not one.is_deleted
        ]
        return sorted(found, key=lambda one: one.edited_at or one.created_at, reverse=True)

    def find(self, account: Account, review_id: str) -> Item:
        """One review of this location. Raises the refusal."""
        item = self._world.item(NETWORK, review_id)
        is_here = item is not None and item.kind == "review" and item.account_id == account.id
        if item is None or not is_here or item.is_deleted:
            raise not_found()
        return item

    def reply_of(self, review: Item) -> Item | None:
        """The answer that is there."""
        return next(iter(self._world.children(review)), None)

    def reply(self, account: Account, review: Item, asked: dict[str, Any], outcome: str) -> Item:
        """Create the answer or replace it. Raises the refusal."""
        text = asked.get("comment")
        if account.options.get("is_unverified"):
            raise refusal(403, "PERMISSION_DENIED", "The location is not verified.")
        if not isinstance(text, str) or not text.strip():
            raise refusal(400, "INVALID_ARGUMENT", "The reply has no comment.")
        if len(text.encode()) > _MOST_BYTES:
            raise refusal(400, "INVALID_ARGUMENT", "The reply is too long.")
        made = self.write_reply(account, review, text)
        entry = Entry(
            seq=self._ledger.next_seq(),
            network=NETWORK,
            account=account.id,
            in_reply_to=review.id,
            text=text,
            id=made.id,
            at=self._world.now(),
            outcome=outcome,
        )
        self._ledger.write(entry)
        return made

    def write_reply(self, account: Account, review: Item, text: str) -> Item:
        """Put an answer there, whoever wrote it."""
        there = self.reply_of(review)
        if there is not None:
            self._world.edit(there, text)
            return there
        made = self._world.item(NETWORK, f"{review.id}/reply")
        if made is not None:
            # It was deleted before: Google keeps one place for the answer.
            made.is_deleted, made.created_at, made.edited_at = False, self._world.now(), None
            made.text = text
            return made
        made = Item(
            network=NETWORK,
            id=f"{review.id}/reply",
            account_id=account.id,
            author_id=account.id,
            author_name=account.name,
            author_handle=account.handle,
            kind="comment",
            text=text,
            created_at=self._world.now(),
            is_own=True,
            parent_id=review.id,
            root_id=review.id,
        )
        self._world.create(made)
        return made

    def delete_reply(self, review: Item) -> None:
        """Delete the answer. Raises the refusal."""
        there = self.reply_of(review)
        if there is None:
            raise not_found()
        self._world.delete(there)

    def shown(self, item: Item) -> dict[str, Any]:
        """A review with the keys of the recorded page."""
        is_anonymous = bool(item.extra.get("is_anonymous"))
        told: dict[str, Any] = {
            "name": f"{item.account_id}/reviews/{item.id}",
            "reviewId": item.id,
            "reviewer": {"isAnonymous": True}
            if is_anonymous
            else {"displayName": item.author_name, "profilePhotoUrl": "https://example.test/p.png"},
            "starRating": item.extra.get("rating", "FIVE"),
            "createTime": google_time(item.created_at),
            "updateTime": google_time(item.edited_at or item.created_at),
        }
        if item.text:
            told["comment"] = item.text
        reply = self.reply_of(item)
        if reply is not None:
            told["reviewReply"] = self.shown_reply(reply)
        return told

    def shown_reply(self, reply: Item) -> dict[str, Any]:
        """An answer."""
        told = {
            "comment": reply.text,
            "updateTime": google_time(reply.edited_at or reply.created_at),
        }
        if state := reply.extra.get("state"):
            told["reviewReplyState"] = state
        return told

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person review, change or delete; `reply` is the owner's own answer on Google Maps."""
        if emission.kind in ("edit", "delete", "reply"):
            return self._change(account, emission)
        if emission.kind not in ("review", "comment"):
            raise CannotEmit("Google's people only write reviews")
        name = emission.author or "Robin Example"
        person = Person(
            id=f"g{zlib.crc32(name.encode())}", name=name, handle="", language=emission.language
        )
        self._world.put_person(person)
        rating = emission.extra.get("rating", "FIVE")
        stars = _STARS[int(rating) - 1] if rating in "12345" else rating
        review_id = self._new_id(account)
        item = Item(
            network=NETWORK,
            id=review_id,
            account_id=account.id,
            author_id=person.id,
            author_name=person.name,
            author_handle="",
            kind="review",
            text=emission.text or "",
            created_at=self._world.now(),
            root_id=review_id,
            extra={**emission.extra, "rating": stars},
        )
        self._world.create(item)
        return item

    def _new_id(self, account: Account) -> str:
        made = len(self._world.items(NETWORK))
        return f"AbFvOq{zlib.crc32(f'{account.id}{made}'.encode()):08x}{made}"

    def _change(self, account: Account, emission: Emission) -> Item:
        found = self.listed(account)
        wanted = [one for one in found if emission.id in (None, one.id)]
        if not wanted:
            raise CannotEmit("there is no such review")
        item = wanted[0]
        if emission.kind == "reply":
            return self.write_reply(account, item, emission.text or "Thank you.")
        if emission.kind == "edit":
            self._world.edit(item, emission.text or f"{item.text} (edited)")
            return item
        for one in [*self._world.children(item), item]:
            self._world.delete(one)
        return item
