"""The rules of X without HTTP: who may answer whom, what is a duplicate, what people write and see."""

import re
import zlib
from datetime import datetime
from typing import Any

from contracts.networks.x_length import length
from sandbox.control.emission import CannotEmit, Emission
from sandbox.ledger import Entry, Ledger
from sandbox.models import Account, Item, Kind, Person
from sandbox.world import World
from sandbox.x import errors
from sandbox.x.formats import newest_id, versions

_EPOCH_MS = 1_288_834_974_657
_LONGEST = 280
_NOT_ENGAGED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise"
    " engaged by the author of the post you are replying to."
)


class Posts:
    """What is written, by the brand and by people."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world, self._ledger = world, ledger
        self._later: dict[str, str] = {}

    def find(self, post_id: str) -> Item | None:
        """A post by any of its ids, unless it was deleted."""
        item = self._world.item("x", post_id) or next(
            (one for one in self._world.items("x") if post_id in versions(one)), None
        )
        return None if item is None or item.is_deleted or item.kind == "dm" else item

    def seen_by(self, account: Account, name: str) -> list[Item]:
        """What a list of an account shows, newest first."""
        found = [
            item
            for item in self._world.items("x", account.id)
            if not item.is_deleted and self._is_in(name, item, account)
        ]
        return sorted(found, key=lambda item: int(newest_id(item)), reverse=True)

    def _is_in(self, name: str, item: Item, account: Account) -> bool:
        if name == "mentions":
            return not item.is_own and self.names(item, account)
        if name == "messages":
            return item.kind == "dm"
        return item.kind != "dm" and (name == "talk" or item.is_own)

    def names(self, item: Item, account: Account) -> bool:
        """Whether a person's post names or answers the account."""
        parent = self._world.item("x", item.parent_id or "")
        is_answer = parent is not None and parent.is_own
        is_named = f"@{account.handle}".casefold() in item.text.casefold()
        return item.kind != "dm" and (is_answer or is_named or "quoted" in item.extra)

    def reply(self, account: Account, asked: dict[str, Any], outcome: str) -> Item:
        """POST /2/tweets. Raises the refusal."""
        text = asked.get("text")
        if not isinstance(text, str) or not text.strip() or length(text) > _LONGEST:
            raise errors.invalid()
        wish = asked.get("reply")
        answered = str(wish.get("in_reply_to_tweet_id")) if isinstance(wish, dict) else None
        parent = self.find(answered) if answered else None
        if answered and parent is None:
            raise errors.forbidden(
                "You attempted to reply to a Tweet that is deleted or not visible to you."
            )
        self._check(account, parent, text)
        item = self.make(account, None, text, "comment" if parent else "post", parent)
        if answered and parent and answered != parent.id:
            item.extra["answered_version"] = answered
        self._world.create(item)
        self._note(account, item, parent.id if parent else None, outcome)
        return item

    def _check(self, account: Account, parent: Item | None, text: str) -> None:
        is_small = account.options.get("tier", "self_serve") == "self_serve"
        is_stranger = parent is not None and not parent.is_own and not self.names(parent, account)
        if is_small and is_stranger:
            raise errors.forbidden(_NOT_ENGAGED)
        under = parent.id if parent else None
        for one in self._world.items("x", account.id):
            if one.is_own and not one.is_deleted and (one.parent_id, one.text) == (under, text):
                raise errors.forbidden(
                    "You are not allowed to create a Tweet with duplicate content."
                )

    def write(self, account: Account, peer: str, text: object, outcome: str) -> Item:
        """A direct message of the brand. Raises the refusal."""
        if not isinstance(text, str) or not text.strip():
            raise errors.invalid()
        item = self.make(account, None, text, "dm", None)
        item.root_id, item.visibility = peer, "direct"
        self._world.create(item)
        self._note(account, item, peer, outcome)
        return item

    def _note(self, account: Account, item: Item, answered: str | None, outcome: str) -> None:
        self._ledger.write(
            Entry(
                seq=self._ledger.next_seq(),
                network="x",
                account=account.id,
                in_reply_to=answered,
                text=item.text,
                id=item.id,
                at=item.created_at,
                visibility=item.visibility,
                outcome=outcome,
            )
        )

    def make(
        self, account: Account, person: Person | None, text: str, kind: Kind, parent: Item | None
    ) -> Item:
        """An item that nobody was told of yet."""
        now = self._world.now()
        item_id, author = self._id(now), person or account
        return Item(
            network="x",
            id=item_id,
            account_id=account.id,
            author_id=author.id,
            author_name=author.name,
            author_handle=author.handle,
            kind=kind,
            text=text,
            created_at=now,
            is_own=person is None,
            parent_id=parent.id if parent else None,
            root_id=parent.root_id if parent else item_id,
        )

    def _id(self, at: datetime) -> str:
        number = (int(at.timestamp() * 1000) - _EPOCH_MS) << 22
        while self._world.item("x", str(number)) is not None or str(number) in self._later:
            number += 1
        return str(number)

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person do something. A post of the brand's own is there for whoever comments first."""
        if emission.kind in ("edit", "delete"):
            return self._change(account, emission)
        if emission.kind in ("hide", "unhide", "review"):
            raise CannotEmit("X's people cannot do this")
        person = self._person(emission)
        text = emission.text or ""
        kind: Kind = "comment" if emission.kind in ("comment", "reply") else "mention"
        kind = "dm" if emission.kind == "dm" else kind
        parent = self._target(account, emission) if kind == "comment" else None
        if kind == "mention" and f"@{account.handle}".casefold() not in text.casefold():
            text = f"@{account.handle} {text}"
        item = self.make(account, person, text, kind, parent)
        item.extra.update(emission.extra)
        if kind == "dm":
            item.root_id, item.visibility = person.id, "direct"
        self._world.create(item)
        return item

    def _person(self, emission: Emission) -> Person:
        name = emission.author or "Robin Example"
        handle = re.sub(r"\W", "", name.lower(), flags=re.ASCII)[:15] or "someone"
        number = 2_222_222_222_000_000_000 + zlib.crc32(name.encode())
        person = Person(id=str(number), name=name, handle=handle, language=emission.language)
        self._world.put_person(person)
        return person

    def _target(self, account: Account, emission: Emission) -> Item:
        wanted = emission.id if emission.kind == "reply" else emission.post
        if wanted is not None:
            item = self.find(wanted)
            if item is None:
                raise CannotEmit(f"no post {wanted}")
            return item
        own = self._world.posts(account)
        if own:
            return own[-1]
        item = self.make(account, None, "A post of our own.", "post", None)
        self._world.create(item)
        return item

    def _change(self, account: Account, emission: Emission) -> Item:
        people = [i for i in self._world.items("x", account.id) if not i.is_own]
        last = people[-1] if people else None
        item = self.find(emission.id) if emission.id else last
        if item is None:
            raise CannotEmit("there is nothing to do this to")
        if emission.kind == "delete":
            self._world.delete(item)
            return item
        later = self._id(self._world.now())
        self._later[later] = item.id
        item.extra["later_ids"] = ",".join([*versions(item)[1:], later])
        self._world.edit(item, emission.text or f"{item.text} (edited)")
        return item
