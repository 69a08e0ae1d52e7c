"""The rules of Reddit without HTTP: what is listed where, who may answer and moderate, what people do."""

import re
import zlib
from typing import Any

from sandbox.control.emission import CannotEmit, Emission
from sandbox.ledger import Entry, Ledger
from sandbox.models import Account, Item, Kind, Person
from sandbox.reddit.errors import in_body, refusal
from sandbox.world import World

NETWORK = "reddit"
_LONGEST = 10_000
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_FIRST = 36**6


class Board:
    """What is written, by the account and by people."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world, self._ledger = world, ledger
        self._made = _FIRST

    def listed(self, account: Account, place: str) -> list[Item]:
        """What a listing shows, newest first."""
        found = [
            item
            for item in self._world.items(NETWORK, account.id)
            if not item.is_deleted and self._is_in(place, item)
        ]
        return sorted(found, key=lambda item: (item.created_at, item.id), reverse=True)

    def _is_in(self, place: str, item: Item) -> bool:
        if place in ("inbox", "mentions"):
            is_told = item.kind in ("mention", "dm") or self._answers_own(item)
            return not item.is_own and is_told and (place == "inbox" or item.kind == "mention")
        if place == "sent":
            return item.is_own and item.kind == "dm"
        if place == "own":
            return item.is_own and item.id.startswith("t1_")
        return item.id.startswith("t1_") and item.extra.get("subreddit") == place

    def _answers_own(self, item: Item) -> bool:
        parent = self._world.item(NETWORK, item.parent_id or "")
        return parent is not None and parent.is_own

    def comment(self, account: Account, form: dict[str, str], outcome: str) -> Item:
        """POST /api/comment. Raises the refusal, often with HTTP 200."""
        text = form.get("text", "")
        parent = self._world.item(NETWORK, form.get("thing_id", ""))
        if not text.strip():
            raise in_body("NO_TEXT", "we need something here", "text")
        if len(text) > _LONGEST:
            raise in_body("TOO_LONG", "this is too long (max: 10000)", "text")
        if parent is None or parent.is_deleted:
            raise in_body("DELETED_COMMENT", "that comment has been deleted", "parent")
        if parent.extra.get("locked"):
            raise in_body("THREAD_LOCKED", "Comments are locked.", "parent")
        self._check_pace(account)
        item = self._make(account, None, text, "dm" if parent.kind == "dm" else "comment", parent)
        self._world.create(item)
        self._note(account, item, parent.id, outcome)
        return item

    def _check_pace(self, account: Account) -> None:
        gap_s = float(account.options.get("comment_gap_s", "0"))
        mine = [one for one in self._world.items(NETWORK, account.id) if one.is_own]
        now = self._world.now()
        if gap_s and any((now - one.created_at).total_seconds() < gap_s for one in mine):
            minutes = max(1, int(gap_s // 60))
            words = (
                "Looks like you've been doing that a lot."
                f" Take a break for {minutes} minutes before trying again."
            )
            raise in_body("RATELIMIT", words, "ratelimit")

    def compose(self, account: Account, form: dict[str, str], outcome: str) -> Item:
        """POST /api/compose. Raises the refusal."""
        to, text = form.get("to", ""), form.get("text", "")
        if not to or not text.strip():
            raise in_body("NO_USER", "please enter a username", "to")
        item = self._make(account, None, text, "dm", None)
        item.root_id, item.topic = to, form.get("subject")
        self._world.create(item)
        self._note(account, item, f"{to}:{zlib.crc32(text.encode())}", outcome)
        return item

    def judge(self, account: Account, name: str, *, is_removed: bool) -> None:
        """POST /api/remove and /api/approve, by moderators. Raises the refusal."""
        item = self._world.item(NETWORK, name)
        rooms = account.options.get("moderates", "").split(",")
        if item is None or item.extra.get("subreddit") not in rooms:
            raise refusal(403, "Forbidden")
        self._world.hide(item, is_removed)

    def delete(self, account: Account, name: str) -> None:
        """POST /api/del: what is not one's own stays, and nothing is said."""
        item = self._world.item(NETWORK, name)
        if item is not None and item.author_id == account.id:
            self._world.delete(item)

    def edit(self, account: Account, form: dict[str, str]) -> Item:
        """POST /api/editusertext: own comments and texts alone. Raises the refusal."""
        item, text = self._world.item(NETWORK, form.get("thing_id", "")), form.get("text", "")
        if item is None or item.is_deleted or item.author_id != account.id or item.kind == "dm":
            raise in_body("NOT_AUTHOR", "you can't do that", "thing_id")
        if not text.strip():
            raise in_body("NO_TEXT", "we need something here", "text")
        self._world.edit(item, text)
        return item

    def _note(self, account: Account, item: Item, answered: str, outcome: str) -> None:
        self._ledger.write(
            Entry(
                seq=self._ledger.next_seq(),
                network=NETWORK,
                account=account.id,
                in_reply_to=answered,
                text=item.text,
                id=item.id,
                at=item.created_at,
                visibility=item.visibility,
                outcome=outcome,
            )
        )

    def _make(
        self,
        account: Account,
        person: Person | None,
        text: str,
        kind: Kind,
        parent: Item | None,
    ) -> Item:
        author = person or account
        prefix = {"post": "t3_", "dm": "t4_"}.get(kind, "t1_")
        item_id = f"{prefix}{self._number(prefix)}"
        peer = person.handle if person else (parent.root_id if parent else "")
        root = parent.root_id if parent else item_id
        made = Item(
            network=NETWORK,
            id=item_id,
            account_id=account.id,
            author_id=author.id,
            author_name=author.name,
            author_handle=author.handle,
            kind=kind,
            text=text,
            created_at=self._world.now(),
            is_own=person is None,
            parent_id=parent.id if parent else None,
            root_id=peer if kind == "dm" else root,
            visibility="direct" if kind == "dm" else "public",
        )
        if parent is not None and "subreddit" in parent.extra:
            made.extra["subreddit"] = parent.extra["subreddit"]
        return made

    def _number(self, prefix: str) -> str:
        while True:
            self._made += 1
            left, word = self._made, ""
            while left:
                left, digit = divmod(left, 36)
                word = _DIGITS[digit] + word
            if self._world.item(NETWORK, f"{prefix}{word}") is None:
                return word

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person do something. `extra.subreddit` says where."""
        if emission.kind in ("edit", "delete"):
            return self._change(account, emission)
        if emission.kind in ("hide", "unhide", "review"):
            raise CannotEmit("Reddit's people cannot do this")
        person = self._person(emission)
        text = emission.text or ""
        if emission.kind == "dm":
            item = self._make(account, person, text, "dm", None)
        elif emission.kind == "mention":
            post = self._post(account, emission, self._stranger())
            item = self._make(account, person, f"u/{account.handle} {text}", "mention", post)
        else:
            item = self._make(account, person, text, "comment", self._place(account, emission))
        self._world.create(item)
        return item

    def _place(self, account: Account, emission: Emission) -> Item:
        wanted = emission.id if emission.kind == "reply" else emission.post
        if wanted is not None:
            item = self._world.item(NETWORK, wanted)
            if item is None:
                raise CannotEmit(f"no thing {wanted}")
            return item
        if "subreddit" in emission.extra:
            return self._post(account, emission, self._stranger())
        own = [one for one in self._world.posts(account) if one.is_own]
        return own[-1] if own else self._post(account, emission, None)

    def _post(self, account: Account, emission: Emission, person: Person | None) -> Item:
        item = self._make(account, person, "What is in a post.", "post", None)
        item.extra["subreddit"] = emission.extra.get("subreddit", "sample_sub")
        self._world.create(item)
        return item

    def _stranger(self) -> Person:
        return Person(id="t2_stranger", name="stranger", handle="stranger", language="en")

    def _person(self, emission: Emission) -> Person:
        name = emission.author or "Robin Example"
        handle = re.sub(r"\W", "", name, flags=re.ASCII) or "someone"
        person = Person(
            id=f"t2_{zlib.crc32(name.encode()):08x}",
            name=handle,
            handle=handle,
            language=emission.language,
        )
        self._world.put_person(person)
        return person

    def _change(self, account: Account, emission: Emission) -> Item:
        people = [i for i in self._world.items(NETWORK, account.id) if not i.is_own]
        wanted = self._world.item(NETWORK, emission.id or "")
        item = wanted or (people[-1] if people and not emission.id else None)
        if item is None:
            raise CannotEmit("there is nothing to do this to")
        if emission.kind == "edit":
            self._world.edit(item, emission.text or f"{item.text} (edited)")
        else:
            self._world.delete(item)
        return item


def cut(items: list[Item], asked: dict[str, str], most: int = 100) -> tuple[list[Item], str | None]:
    """One page of a listing; beside a thing that is not there, there is nothing."""
    size = min(int(asked["limit"]) if asked.get("limit", "").isdigit() else 25, most)
    names = [item.id for item in items]
    if before := asked.get("before"):
        end = names.index(before) if before in names else 0
        return items[max(0, end - size) : end], None
    start = 0
    if after := asked.get("after"):
        start = names.index(after) + 1 if after in names else len(names)
    page = items[start : start + size]
    return page, page[-1].id if start + size < len(items) else None


def answer_of(thing: dict[str, Any]) -> dict[str, Any]:
    """What POST /api/comment says when it was done."""
    return {"json": {"errors": [], "data": {"things": [thing]}}}
