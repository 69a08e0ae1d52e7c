"""What a bot may do at the Telegram stand-in: write, react, delete; and how its people write. No HTTP."""

import zlib
from typing import Any

from sandbox.control.emission import CannotEmit, Emission
from sandbox.desk import Call
from sandbox.ledger import Entry, Ledger
from sandbox.models import Account, Item
from sandbox.telegram import errors
from sandbox.world import World

GROUP = -1001234567890
_LONGEST_UNITS = 4096
Body = dict[str, Any]


class Chats:
    """Numbers of messages count within a chat; an item's id is chat:number."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world, self._ledger = world, ledger

    def send(self, account: Account, body: Body, call: Call) -> Item:
        """Send a message. Options say which people blocked the bot and which group moved where."""
        chat, text = str(body.get("chat_id", "")), body.get("text")
        if chat in account.options.get("blocked", "").split(","):
            raise errors.blocked()
        old, _, new = account.options.get("moved", "").partition(">")
        if old and chat == old:
            raise errors.moved(int(new))
        if not isinstance(text, str) or not text.strip():
            raise errors.bad("message text is empty")
        if len(text.encode("utf-16-le")) // 2 > _LONGEST_UNITS:
            raise errors.bad("message is too long")
        item = self._answer(account, chat, text, self._above(account, chat, body))
        self._world.create(item)
        self._note(item, call)
        return item

    def _above(self, account: Account, chat: str, body: Body) -> Item | None:
        mine = self._world.items("telegram", account.id)
        is_moved = account.options.get("moved", "").endswith(f">{chat}")
        if not is_moved and not any(one.extra["chat"] == chat for one in mine):
            raise errors.bad("chat not found")
        topic = body.get("message_thread_id")
        if topic is not None and not any(one.extra.get("topic") == str(topic) for one in mine):
            raise errors.bad("message thread not found")
        reply = body.get("reply_parameters")
        told = reply if isinstance(reply, dict) else {}
        above = self._world.item("telegram", f"{chat}:{told.get('message_id')}")
        is_there = above is not None and not above.is_deleted
        if told and not is_there and not told.get("allow_sending_without_reply"):
            raise errors.bad("message to be replied not found")
        return above if is_there else None

    def _answer(self, account: Account, chat: str, text: str, above: Item | None) -> Item:
        number = self._number(account, chat)
        extra = {"chat": chat, "number": str(number)}
        if above is not None:
            extra |= {"peer_name": above.author_name, "peer_handle": above.author_handle}
            extra |= {"topic": above.extra["topic"]} if above.extra.get("topic") else {}
        return Item(
            network="telegram",
            id=f"{chat}:{number}",
            account_id=account.id,
            author_id=account.id,
            author_name=account.name,
            author_handle=account.handle,
            kind="comment" if chat.startswith("-") else "dm",
            text=text,
            created_at=self._world.now(),
            is_own=True,
            parent_id=above.id if above else None,
            root_id=chat,
            extra=extra,
        )

    def _note(self, item: Item, call: Call) -> None:
        self._ledger.write(
            Entry(
                seq=self._ledger.next_seq(),
                network="telegram",
                account=item.account_id,
                in_reply_to=item.parent_id,
                text=item.text,
                id=item.id,
                at=item.created_at,
                outcome=call.outcome,
                client=call.request.headers.get("user-agent"),
            )
        )

    def react(self, account: Account, body: Body) -> None:
        """React: the list replaces what was there."""
        item = self._item(account, body, "message to react not found")
        self._world.like(item, account.id, is_liked=bool(body.get("reaction")))

    def delete(self, account: Account, body: Body) -> None:
        """Delete a message."""
        self._world.delete(self._item(account, body, "message to delete not found"))

    def edit(self, account: Account, body: Body) -> Item:
        """Change an own message; the text that stands there already is refused."""
        item, text = self._item(account, body, "message to edit not found"), body.get("text")
        if not item.is_own:
            raise errors.bad("message can't be edited")
        if not isinstance(text, str) or not text.strip():
            raise errors.bad("message text is empty")
        if text == item.text:
            raise errors.bad("message is not modified")
        self._world.edit(item, text)
        return item

    def _item(self, account: Account, body: Body, why: str) -> Item:
        item = self._world.item("telegram", f"{body.get('chat_id')}:{body.get('message_id')}")
        if item is None or item.is_deleted or item.account_id != account.id:
            raise errors.bad(why)
        return item

    def say(self, account: Account, emission: Emission) -> Item:
        """Let a person write: dm in their own chat; comment or reply in the group (extra `topic`)."""
        if emission.kind not in ("dm", "comment", "reply"):
            raise CannotEmit(f"Telegram has no {emission.kind}")
        above = self._world.item("telegram", emission.id or "") if emission.id else None
        name = emission.author or "Robin Example"
        person = 2_000_000 + zlib.crc32(name.encode())
        chat = str(person if emission.kind == "dm" else emission.extra.get("chat", GROUP))
        chat = above.extra["chat"] if above is not None else chat
        number = self._number(account, chat)
        topic = {"topic": emission.extra["topic"]} if emission.extra.get("topic") else {}
        item = Item(
            network="telegram",
            id=f"{chat}:{number}",
            account_id=account.id,
            author_id=str(person),
            author_name=name,
            author_handle="".join(c for c in name.lower() if c.isalnum()) or "someone",
            kind="comment" if chat.startswith("-") else "dm",
            text=emission.text or "",
            created_at=self._world.now(),
            parent_id=above.id if above else None,
            root_id=chat,
            extra={"chat": chat, "number": str(number), **topic},
        )
        self._world.create(item)
        return item

    def change(self, account: Account, emission: Emission) -> Item:
        """Let a person edit or delete; the last message if none is named."""
        near = self._world.latest(account, 200)
        fits = [
            i for i in near if not i.is_own and not i.is_deleted and emission.id in (None, i.id)
        ]
        if not fits:
            raise CannotEmit("there is nothing yet to do this to")
        if emission.kind == "delete":
            self._world.delete(fits[0])
        else:
            self._world.edit(fits[0], emission.text or f"{fits[0].text} (edited)")
        return fits[0]

    def _number(self, account: Account, chat: str) -> int:
        mine = self._world.items("telegram", account.id)
        numbers = [int(one.extra["number"]) for one in mine if one.extra["chat"] == chat]
        return max(numbers, default=0) + 1
