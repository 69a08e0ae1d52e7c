"""Posts, replies and mentions without HTTP: who may do what, and what people do."""

import zlib
from typing import Any

from sandbox.control.emission import CannotEmit, Emission
from sandbox.ledger import Entry, Ledger
from sandbox.models import Account, Item, Kind, Person
from sandbox.threads.errors import bad_parameter, gone, refusal
from sandbox.world import World

NETWORK = "threads"
_LONGEST = 500


class Posts:
    """Everything written, by profiles and by people."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world, self._ledger = world, ledger
        self._containers: dict[str, dict[str, str]] = {}

    def find(self, item_id: str) -> Item:
        """What is there by this id. Raises the refusal."""
        item = self._world.item(NETWORK, item_id)
        if item is None or item.is_deleted:
            raise gone(item_id)
        return item

    def listed(self, account: Account, kind: str) -> list[Item]:
        """The posts, own replies or mentions of a profile, the newest first."""
        own = [one for one in self._world.items(NETWORK, account.id) if not one.is_deleted]
        wanted = {"posts": (True, "post"), "replies": (True, "comment")}
        is_own, sort = wanted.get(kind, (False, "mention"))
        return [one for one in reversed(own) if (one.is_own, one.kind) == (is_own, sort)]

    def conversation(self, account: Account, root_id: str) -> list[Item]:
        """All replies under a post, at any depth, the newest first."""
        self.find(root_id)
        rows = self._world.items(NETWORK, account.id)
        return [
            one
            for one in reversed(rows)
            if one.root_id == root_id and one.kind == "comment" and not one.is_deleted
        ]

    def contain(self, account: Account, asked: dict[str, str]) -> str:
        """Make a container. Raises the refusal."""
        text = asked.get("text", "")
        if asked.get("media_type") != "TEXT" or not text.strip():
            raise bad_parameter("Param media_type must be TEXT and text must not be empty")
        if len(text) > _LONGEST:
            raise bad_parameter("Param text must be at most 500 characters long.")
        if asked.get("reply_to_id"):
            self.find(asked["reply_to_id"])
        made = f"7{len(self._containers):015d}"
        self._containers[made] = {**asked, "owner": account.id}
        return made

    def publish(self, account: Account, container_id: str, outcome: str) -> Item:
        """Publish a container, once. Raises the refusal."""
        told = self._containers.get(container_id)
        if told is None or told["owner"] != account.id or "published" in told:
            raise refusal(
                400, 24, "The requested resource does not exist", error_subcode=4279009
            )  # fmt: skip
        if self.used(account) >= int(account.options.get("reply_quota", "1000")):
            raise refusal(400, 9, "Application does not have permission: quota", type="OAuth")
        told["published"] = "1"
        parent = self._world.item(NETWORK, told.get("reply_to_id", ""))
        item = self._make(account, None, told["text"], parent, "comment" if parent else "post")
        self._world.create(item)
        entry = Entry(
            seq=self._ledger.next_seq(),
            network=NETWORK,
            account=account.id,
            in_reply_to=parent.id if parent else None,
            text=item.text,
            id=item.id,
            at=item.created_at,
            outcome=outcome,
        )
        self._ledger.write(entry)
        return item

    def used(self, account: Account) -> int:
        """How many replies were published."""
        return len(self.listed(account, "replies"))

    def hide(self, account: Account, item_id: str, *, is_hidden: bool) -> None:
        """Hide or show a reply under an own post. Raises the refusal."""
        item = self.find(item_id)
        root = self.find(item.root_id)
        if item.parent_id != root.id or root.author_id != account.id:
            raise bad_parameter("Only top-level replies to your own posts can be hidden")
        item.extra["hide_status"] = "HIDDEN" if is_hidden else "UNHUSHED"
        self._world.hide(item, is_hidden)

    def delete(self, account: Account, item_id: str) -> None:
        """Delete an own post. Raises the refusal."""
        item = self.find(item_id)
        if item.author_id != account.id:
            raise bad_parameter("Only your own posts can be deleted")
        self._world.delete(item)

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person reply, mention, change or delete. The first post is there for whoever replies first."""
        if emission.kind in ("edit", "delete"):
            return self._change(account, emission)
        if emission.kind not in ("comment", "reply", "mention"):
            raise CannotEmit("people on Threads cannot do this")
        person, text = self._person(emission), emission.text or ""
        if emission.kind == "mention":
            item = self._make(account, person, f"@{account.handle} {text}", None, "mention")
        else:
            item = self._make(account, person, text, self._place(account, emission), "comment")
        self._world.create(item)
        return item

    def _place(self, account: Account, emission: Emission) -> Item:
        wanted = emission.id if emission.kind == "reply" else emission.post
        if wanted is not None:
            item = self._world.item(NETWORK, wanted)
            if item is None:
                raise CannotEmit(f"no post {wanted}")
            return item
        own = self._world.posts(account)
        if own:
            return own[-1]
        post = self._make(account, None, "Our news", None, "post")
        self._world.create(post)
        return post

    def _make(
        self, account: Account, person: Person | None, text: str, under: Item | None, kind: Kind
    ) -> Item:
        author = person or account
        number = len(self._world.items(NETWORK))
        made = f"18{zlib.crc32(account.id.encode()):010d}{number:06d}"
        return Item(
            network=NETWORK,
            id=made,
            account_id=account.id,
            author_id=author.id,
            author_name=author.name,
            author_handle=author.handle,
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

    def _change(self, account: Account, emission: Emission) -> Item:
        people = [one for one in self._world.items(NETWORK, account.id) if not one.is_own]
        item = self.find(emission.id) if emission.id else (people[-1] if people else None)
        if item is None:
            raise CannotEmit("there is nothing to do this to")
        if emission.kind == "edit":
            self._world.edit(item, emission.text or f"{item.text} (edited)")
        else:
            self._world.delete(item)
        return item

    def shown(self, item: Item, account: Account) -> dict[str, Any]:
        """A post or reply with the keys of the recorded page; fields nobody asked for are cut later."""
        told: dict[str, Any] = {
            "id": item.id,
            "text": item.text,
            "username": item.author_handle,
            "permalink": f"https://www.threads.net/@{item.author_handle}/post/{item.id}",
            "timestamp": item.created_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "media_product_type": "THREADS",
            "media_type": "TEXT_POST",
            "shortcode": item.id[-7:],
            "has_replies": bool(self._world.children(item)),
        }
        if item.kind == "comment":
            told |= {
                "root_post": {"id": item.root_id},
                "replied_to": {"id": item.parent_id},
                "is_reply": True,
                "is_reply_owned_by_me": item.author_id == account.id,
                "hide_status": item.extra.get("hide_status", "NOT_HUSHED"),
            }
        return told
