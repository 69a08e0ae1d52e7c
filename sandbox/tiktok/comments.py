"""Comments below the videos of accounts, without HTTP: who may do what, and what people do."""

import zlib
from typing import Any

from sandbox.control.emission import CannotEmit, Emission
from sandbox.ledger import Entry, Ledger
from sandbox.models import Account, Item, Kind, Person
from sandbox.tiktok.errors import not_found, refusal
from sandbox.world import World

NETWORK = "tiktok"
_LONGEST = 150
_SHOWN_REPLIES = 3


class Comments:
    """Everything written, by accounts and by people."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world, self._ledger = world, ledger
        self._numbers = 0

    def videos(self, account: Account) -> list[Item]:
        """The account's videos, the newest first."""
        return self._world.posts(account)[::-1]

    def find(self, account: Account, item_id: str) -> Item:
        """A comment below a video of this account. Raises the refusal."""
        item = self._world.item(NETWORK, item_id)
        if item is None or item.is_deleted or item.account_id != account.id:
            raise not_found()
        return item

    def below(self, account: Account, item_id: str) -> list[Item]:
        """What stands directly below a video or comment, the newest first. Raises the refusal."""
        return self._world.children(self.find(account, item_id))[::-1]

    def reply(self, account: Account, told: dict[str, Any], outcome: str) -> Item:
        """Answer a top-level comment. Raises the refusal."""
        top, text = self.find(account, str(told.get("comment_id"))), told.get("text")
        if top.parent_id != top.root_id or told.get("video_id") != top.root_id:
            raise refusal(40002, "comment_id: only a top-level comment of the video is answered")
        if not isinstance(text, str) or not 1 <= len(text) <= _LONGEST:
            raise refusal(40002, "text: must be between 1 and 150 characters")
        item = self._make(account, None, text, top)
        self._world.create(item)
        entry = Entry(
            seq=self._ledger.next_seq(),
            network=NETWORK,
            account=account.id,
            in_reply_to=top.id,
            text=text,
            id=item.id,
            at=item.created_at,
            outcome=outcome,
        )
        self._ledger.write(entry)
        return item

    def hide(self, account: Account, item_id: str, *, is_hidden: bool) -> None:
        """Hide or show. Raises the refusal."""
        self._world.hide(self.find(account, item_id), is_hidden)

    def like(self, account: Account, item_id: str, *, is_liked: bool) -> None:
        """Like or take it back. Raises the refusal."""
        self._world.like(self.find(account, item_id), account.id, is_liked)

    def delete(self, account: Account, item_id: str) -> None:
        """Delete an own comment. Raises the refusal."""
        item = self.find(account, item_id)
        if not item.is_own:
            raise refusal(40002, "Only own comments can be deleted.")
        self._world.delete(item)

    def shown(self, item: Item, *, with_replies: bool = False) -> dict[str, Any]:
        """A comment as it is listed."""
        replies = self._world.children(item)
        told: dict[str, Any] = {
            "comment_id": item.id,
            "video_id": item.root_id,
            "user_id": item.author_id,
            "unique_identifier": item.author_id,
            "create_time": str(int(item.created_at.timestamp())),
            "text": item.text,
            "likes": len(item.likes),
            "replies": len(replies),
            "owner": item.is_own,
            "liked": item.account_id in item.likes,
            "pinned": False,
            "status": "HIDDEN" if item.is_hidden else "PUBLIC",
            "username": item.author_handle,
            "display_name": item.author_name,
            "profile_image": "https://p16.tiktokcdn.example/a.jpeg",
        }
        if item.parent_id != item.root_id:
            told["parent_comment_id"] = item.parent_id
        if with_replies:
            told["reply_list"] = [self.shown(one) for one in replies[:_SHOWN_REPLIES]]
        return told

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person comment, answer or delete. The first video is there for whoever comments first."""
        if emission.kind == "delete":
            return self._delete(account, emission)
        if emission.kind not in ("comment", "reply"):
            raise CannotEmit("people on TikTok cannot do this")
        under = self._place(account, emission)
        item = self._make(account, self._person(emission), emission.text or "", under)
        self._world.create(item)
        return item

    def _place(self, account: Account, emission: Emission) -> Item:
        wanted = emission.id if emission.kind == "reply" else emission.post
        if wanted is not None:
            return self.find(account, wanted)
        own = self._world.posts(account)
        if own:
            return own[-1]
        video = self._make(account, None, "Our video", None)
        self._world.create(video)
        return video

    def _make(self, account: Account, person: Person | None, text: str, under: Item | None) -> Item:
        self._numbers += 1
        made = str(
            7_000_000_000_000_000_000 + zlib.crc32(account.id.encode()) * 10_000_000 + self._numbers
        )
        kind: Kind = "comment" if under else "post"
        return Item(
            network=NETWORK,
            id=made,
            account_id=account.id,
            author_id=person.id if person else account.id,
            author_name=person.name if person else account.name,
            author_handle=person.handle if person else account.handle,
            kind=kind,
            text=text,
            created_at=self._world.now(),
            is_own=person is None,
            parent_id=under.id if under else None,
            root_id=under.root_id if under else made,
        )

    def _person(self, emission: Emission) -> Person:
        name = emission.author or "Robin Example"
        handle = "".join(c for c in name.lower() if c.isalnum() and c.isascii()) or "someone"
        number = str(zlib.crc32(name.encode()))
        person = Person(id=number, name=name, handle=handle, language=emission.language)
        self._world.put_person(person)
        return person

    def _delete(self, account: Account, emission: Emission) -> Item:
        people = [one for one in self._world.items(NETWORK, account.id) if not one.is_own]
        item = self.find(account, emission.id) if emission.id else (people[-1] if people else None)
        if item is None:
            raise CannotEmit("there is nothing to delete")
        for one in [*self._world.children(item), item]:
            self._world.delete(one)
        return item
