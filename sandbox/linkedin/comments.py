"""Posts, comments and what is notified about them, without HTTP."""

import zlib
from typing import Any

from sandbox.control.emission import CannotEmit, Emission
from sandbox.ledger import Entry, Ledger
from sandbox.linkedin.errors import denied, not_found, refusal
from sandbox.models import Account, Change, Doing, Item, Kind, Person
from sandbox.world import World

NETWORK = "linkedin"
_LONGEST = 1250
_ACTIONS = {
    Doing.CREATED: "COMMENT",
    Doing.EDITED: "COMMENT_EDIT",
    Doing.DELETED: "COMMENT_DELETE",
}


class Comments:
    """What is written below the posts of organisations, and the notifications about it."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world, self._ledger = world, ledger
        self._notified: dict[str, list[dict[str, Any]]] = {}
        self._numbers = 0
        world.listen(self._on_change)

    def notified(self, organisation: str) -> list[dict[str, Any]]:
        """Everything notified, the newest first."""
        return self._notified.get(organisation, [])[::-1]

    def find(self, urn: str) -> Item:
        """A post or comment that is there. Raises the refusal."""
        item = self._world.item(NETWORK, urn)
        if item is None or item.is_deleted:
            raise not_found()
        return item

    def below(self, urn: str) -> list[Item]:
        """The comments directly under a post or comment. Raises the refusal."""
        return self._world.children(self.find(urn))

    def write(self, account: Account, urn: str, told: dict[str, Any], outcome: str) -> Item:
        """Comment as the organisation. Raises the refusal."""
        under, message = self.find(urn), told.get("message")
        text = message.get("text") if isinstance(message, dict) else None
        if told.get("actor") != account.id or account.options.get("has_lost_role"):
            raise denied()
        if not isinstance(text, str) or not 1 <= len(text) <= _LONGEST:
            raise refusal(422, "UNPROCESSABLE_ENTITY", "message/text is not valid")
        is_answer = under.kind == "comment"
        parent = told.get("parentComment")
        if told.get("object") != under.root_id or (parent != under.id if is_answer else parent):
            raise refusal(400, "INVALID_URN_TYPE", "object or parentComment is not valid")
        if is_answer and under.parent_id != under.root_id:
            raise refusal(400, "BAD_REQUEST", "Comments nest one level")
        item = self._make(account, None, text, under, "comment")
        self._world.create(item)
        entry = Entry(
            seq=self._ledger.next_seq(),
            network=NETWORK,
            account=account.id,
            in_reply_to=under.id,
            text=text,
            id=item.id,
            at=item.created_at,
            outcome=outcome,
        )
        self._ledger.write(entry)
        return item

    def delete(self, account: Account, post: str, number: str) -> None:
        """Delete an own comment. Raises the refusal."""
        item = self.find(f"urn:li:comment:({post},{number})")
        if item.author_id != account.id:
            raise denied()
        self._world.delete(item)

    def edit(self, account: Account, post: str, number: str, told: dict[str, Any]) -> None:
        """Change the text of an own comment by a patch. Raises the refusal."""
        item = self.find(f"urn:li:comment:({post},{number})")
        try:
            text = told["patch"]["message"]["$set"]["text"]
        except (KeyError, TypeError):
            raise refusal(400, "BAD_REQUEST", "patch/message/$set/text is needed") from None
        if item.author_id != account.id:
            raise denied()
        if not isinstance(text, str) or not 1 <= len(text) <= _LONGEST:
            raise refusal(422, "UNPROCESSABLE_ENTITY", "message/text is not valid")
        self._world.edit(item, text)

    def like(self, account: Account, urn: str, *, is_liked: bool) -> None:
        """Like or take it back. Raises the refusal."""
        item = self.find(urn)
        if is_liked and account.id in item.likes:
            raise refusal(409, "CONFLICT", "The like exists")
        if not is_liked and account.id not in item.likes:
            raise not_found()
        self._world.like(item, account.id, is_liked)

    def shown(self, item: Item) -> dict[str, Any]:
        """A comment as social actions list it."""
        created_ms = int(item.created_at.timestamp() * 1000)
        told: dict[str, Any] = {
            "actor": item.author_id,
            "commentUrn": item.id,
            "created": {"actor": item.author_id, "time": created_ms},
            "id": item.id.rpartition(",")[2].rstrip(")"),
            "message": {"attributes": [], "text": item.text},
            "object": item.root_id,
        }
        if item.parent_id != item.root_id:
            told["parentComment"] = item.parent_id
        return told

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a member comment, answer, mention, change or delete."""
        if emission.kind in ("edit", "delete"):
            return self._change(account, emission)
        if emission.kind not in ("comment", "reply", "mention"):
            raise CannotEmit("members of LinkedIn cannot do this")
        person, text = self._person(emission), emission.text or ""
        kind: Kind = "mention" if emission.kind == "mention" else "comment"
        under = None if kind == "mention" else self._place(account, emission)
        item = self._make(account, person, text, under, kind)
        self._world.create(item)
        return item

    def _place(self, account: Account, emission: Emission) -> Item:
        wanted = emission.id if emission.kind == "reply" else emission.post
        if wanted is not None:
            return self.find(wanted)
        own = self._world.posts(account)
        if own:
            return own[-1]
        post = self._make(account, None, "Our news", None, "post")
        self._world.create(post)
        return post

    def _make(
        self, account: Account, person: Person | None, text: str, under: Item | None, kind: Kind
    ) -> Item:
        self._numbers += 1
        number = 7_094_637_247_000_000_000 + zlib.crc32(account.id.encode()) * 1000 + self._numbers
        made = f"urn:li:activity:{number}" if kind == "post" else f"urn:li:share:{number}"
        if under is not None:
            made = f"urn:li:comment:({under.root_id},{number})"
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
        urn = f"urn:li:person:p{zlib.crc32(name.encode())}"
        person = Person(id=urn, name=name, handle="", language=emission.language)
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

    def _on_change(self, change: Change) -> None:
        item, action = change.item, _ACTIONS.get(change.doing)
        if item.network != NETWORK or item.kind == "post" or action is None:
            return
        if item.kind == "mention":
            action = "SHARE_MENTION"
        elif item.is_own and change.doing is Doing.CREATED:
            action = "ADMIN_COMMENT"
        rows = self._notified.setdefault(item.account_id, [])
        rows.append(self._notification(item, action, len(rows)))

    def _notification(self, item: Item, action: str, number: int) -> dict[str, Any]:
        told: dict[str, Any] = {
            "subscriber": "urn:li:person:aaaaaaaaaa",
            "lastModifiedAt": int(self._world.now().timestamp() * 1000),
            "action": action,
            "notificationId": 5_603_453_000 + number,
            "organizationalEntity": item.account_id,
            # A comment's URN has two spellings, and notifications use the short one here.
            "generatedActivity": item.id.replace("(urn:li:", "("),
        }
        part = {"owner": item.author_id, "text": item.text, "entity": item.id}
        if item.kind == "mention":
            return {**told, "decoratedGeneratedActivity": {"share": part}}
        told["sourcePost"] = item.root_id
        if action != "COMMENT_DELETE":
            if item.parent_id != item.root_id:
                part["parentComment"] = str(item.parent_id)
            told["decoratedGeneratedActivity"] = {"comment": {**part, "object": item.root_id}}
        return told
