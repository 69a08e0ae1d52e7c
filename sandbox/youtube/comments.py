"""The rules of YouTube's comments without HTTP: who stands where, what is shown, what people do."""

import re
import zlib
from typing import Any

from sandbox.control.emission import CannotEmit, Emission
from sandbox.ledger import Entry, Ledger
from sandbox.models import Account, Item, Kind, Person
from sandbox.world import World
from sandbox.youtube.errors import refusal

NETWORK = "youtube"
_LONGEST = 10_000


class Comments:
    """What is written, by the channel and by people."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world, self._ledger = world, ledger
        self._made = 0

    def find(self, comment_id: str) -> Item | None:
        """A comment that is there."""
        item = self._world.item(NETWORK, comment_id)
        return None if item is None or item.is_deleted or item.kind != "comment" else item

    def threads(self, account: Account, status: str) -> list[Item]:
        """Top-level comments under a channel's videos with this status, newest first."""
        found = [
            item
            for item in self._world.items(NETWORK, account.id)
            if item.kind == "comment"
            and item.parent_id == item.root_id
            and not item.is_deleted
            and item.extra.get("moderation", "published") == status
        ]
        return sorted(found, key=lambda item: item.created_at, reverse=True)

    def replies(self, parent_id: str) -> list[Item]:
        """Everything under a top-level comment. Raises the refusal."""
        parent = self.find(parent_id)
        if parent is None:
            raise refusal(404, "commentNotFound")
        shown = [one for one in self._world.children(parent) if not one.extra.get("moderation")]
        return list(reversed(shown))

    def insert(self, account: Account, asked: dict[str, Any], outcome: str) -> Item:
        """comments.insert: the parent must be a top-level comment. Raises the refusal."""
        snippet = asked.get("snippet")
        told = snippet if isinstance(snippet, dict) else {}
        text, parent = told.get("textOriginal"), self.find(str(told.get("parentId")))
        if not isinstance(text, str) or not text.strip():
            raise refusal(400, "commentTextRequired")
        if len(text) > _LONGEST:
            raise refusal(400, "commentTextTooLong")
        if parent is None or parent.parent_id != parent.root_id:
            raise refusal(404, "parentCommentNotFound")
        item = self._make(account, None, text, parent)
        self._world.create(item)
        entry = Entry(
            seq=self._ledger.next_seq(),
            network=NETWORK,
            account=account.id,
            in_reply_to=parent.id,
            text=text,
            id=item.id,
            at=item.created_at,
            outcome=outcome,
        )
        self._ledger.write(entry)
        return item

    def judge(self, account: Account, comment_id: str, status: str) -> None:
        """comments.setModerationStatus, by the owner of the channel. Raises the refusal."""
        item = self.find(comment_id)
        if item is None:
            raise refusal(404, "commentNotFound")
        if item.account_id != account.id:
            raise refusal(403, "forbidden")
        item.extra["moderation"] = status
        if status == "published":
            del item.extra["moderation"]
        self._world.hide(item, status == "rejected")

    def update(self, account: Account, asked: dict[str, Any]) -> Item:
        """comments.update, for own ones. Raises the refusal."""
        item, snippet = self.find(str(asked.get("id"))), asked.get("snippet")
        text = snippet.get("textOriginal") if isinstance(snippet, dict) else None
        if item is None:
            raise refusal(404, "commentNotFound")
        if item.author_id != account.id:
            raise refusal(403, "forbidden")
        if not isinstance(text, str) or not 1 <= len(text) <= _LONGEST:
            raise refusal(400, "commentTextRequired")
        self._world.edit(item, text)
        return item

    def delete(self, account: Account, comment_id: str) -> None:
        """comments.delete, for own ones. Raises the refusal."""
        item = self.find(comment_id)
        if item is None:
            raise refusal(404, "commentNotFound")
        if item.author_id != account.id:
            raise refusal(403, "forbidden")
        self._world.delete(item)

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person do something. The first video is there for whoever comments first."""
        if emission.kind in ("edit", "delete"):
            return self._change(account, emission)
        if emission.kind not in ("comment", "reply"):
            raise CannotEmit("YouTube's people cannot do this")
        person = self._person(emission)
        item = self._make(account, person, emission.text or "", self._place(account, emission))
        if status := emission.extra.get("moderation"):
            item.extra["moderation"] = status
        self._world.create(item)
        return item

    def _place(self, account: Account, emission: Emission) -> Item:
        wanted = emission.id if emission.kind == "reply" else emission.post
        if wanted is not None:
            item = self._world.item(NETWORK, wanted)
            if item is None:
                raise CannotEmit(f"no comment {wanted}")
            is_reply = item.kind == "comment" and item.parent_id != item.root_id
            top = self._world.item(NETWORK, item.parent_id or "") if is_reply else item
            return top or item
        own = self._world.posts(account)
        if own:
            return own[-1]
        video = self._make(account, None, "Our video", None)
        self._world.create(video)
        return video

    def _make(self, account: Account, person: Person | None, text: str, under: Item | None) -> Item:
        self._made += 1
        author = person or account
        kind: Kind = "comment" if under else "post"
        item_id = self._id(account, under)
        return Item(
            network=NETWORK,
            id=item_id,
            account_id=under.account_id if under else account.id,
            author_id=author.id,
            author_name=author.name,
            author_handle=author.handle,
            kind=kind,
            text=text,
            created_at=self._world.now(),
            is_own=person is None,
            parent_id=under.id if under else None,
            root_id=under.root_id if under else item_id,
        )

    def _id(self, account: Account, under: Item | None) -> str:
        """A video has 11 letters, a comment 26, a reply its comment, a full stop and 22 more."""
        while True:
            self._made += 1
            word = f"{zlib.crc32(account.id.encode()):08x}{self._made:08x}"
            if under is None:
                made = f"v{word[-10:]}"
            elif under.kind == "post":
                made = f"Ugx{word}x4AaABAg"
            else:
                made = f"{under.id}.9{word}_Pt00"
            if self._world.item(NETWORK, made) is None:
                return made

    def _person(self, emission: Emission) -> Person:
        name = emission.author or "Robin Example"
        handle = re.sub(r"\W", "", name.lower(), flags=re.ASCII) or "someone"
        channel = f"UC{zlib.crc32(name.encode()):022d}"
        person = Person(id=channel, name=name, handle=handle, language=emission.language)
        self._world.put_person(person)
        return person

    def _change(self, account: Account, emission: Emission) -> Item:
        people = [i for i in self._world.items(NETWORK, account.id) if not i.is_own]
        item = self.find(emission.id) if emission.id else (people[-1] if people else None)
        if item is None:
            raise CannotEmit("there is nothing to do this to")
        if emission.kind == "edit":
            self._world.edit(item, emission.text or f"{item.text} (edited)")
            return item
        for one in [*self._world.children(item), item]:
            self._world.delete(one)
        return item
