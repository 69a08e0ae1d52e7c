"""The messages of servers without HTTP: who stands where, who may do what, what people do."""

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.control.emission import CannotEmit, Emission
from sandbox.discord import errors
from sandbox.ledger import Entry, Ledger
from sandbox.models import Account, Item, Kind, Person
from sandbox.world import World

NETWORK = "discord"
_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_NONCE_LIVES = timedelta(minutes=3)
_LONGEST = 2000
_LONGEST_NONCE = 25


def guild_of(account: Account) -> str:
    """The server a bot is in."""
    return account.options.get("guild_id", "900000000000000000")


def channels_of(account: Account) -> list[str]:
    """The channels of the server; the first is where people write when nobody says where."""
    return account.options.get("channels", "900000000000000001").split(",")


class Messages:
    """Everything written. An account's options: guild_id, channels, hidden, dm, is_powerless."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world, self._ledger = world, ledger
        self._nonces: dict[tuple[str, str], tuple[datetime, str]] = {}
        self._last = 0

    def listed(self, account: Account, channel: str) -> list[Item]:
        """The messages of a channel, the oldest first. Raises the refusal."""
        rooms = [*channels_of(account), account.options.get("dm", "")]
        if channel not in rooms:
            raise errors.unknown_channel()
        if channel == account.options.get("hidden"):
            raise errors.missing_access()
        return self.here(account, channel)

    def here(self, account: Account, channel: str) -> list[Item]:
        """The messages of a channel, for whoever may see it."""
        rows = self._world.items(NETWORK, account.id)
        found = [one for one in rows if one.root_id == channel and not one.is_deleted]
        return sorted(found, key=lambda one: int(one.id))

    def find(self, account: Account, channel: str, message_id: str) -> Item:
        """One message. Raises the refusal."""
        found = [one for one in self.listed(account, channel) if one.id == message_id]
        if not found:
            raise errors.unknown_message()
        return found[0]

    def write(self, account: Account, channel: str, told: dict[str, Any], outcome: str) -> Item:
        """Create a message, or give the one that its nonce stands for. Raises the refusal."""
        self.listed(account, channel)
        text, nonce = told.get("content"), str(told.get("nonce", ""))
        if not isinstance(text, str) or not 1 <= len(text) <= _LONGEST:
            raise errors.invalid_form("content")
        if len(nonce) > _LONGEST_NONCE:
            raise errors.invalid_form("nonce")
        known = self._repeated(account, nonce) if told.get("enforce_nonce") else None
        if known is not None:
            return known
        reference = told.get("message_reference") or {}
        parent = self._world.item(NETWORK, str(reference.get("message_id")))
        if parent is None and reference and reference.get("fail_if_not_exists", True):
            raise errors.invalid_form("message_reference")
        item = self._make(account, None, text, channel)
        item.parent_id = parent.id if parent else None
        self._world.create(item)
        self._nonces[account.id, nonce] = (self._world.now(), item.id)
        entry = Entry(
            seq=self._ledger.next_seq(),
            network=NETWORK,
            account=account.id,
            in_reply_to=item.parent_id,
            text=text,
            id=item.id,
            at=item.created_at,
            idempotency_key=nonce,
            outcome=outcome,
        )
        self._ledger.write(entry)
        return item

    def _repeated(self, account: Account, nonce: str) -> Item | None:
        at, item_id = self._nonces.get((account.id, nonce), (_EPOCH, ""))
        is_fresh = self._world.now() - at < _NONCE_LIVES
        return self._world.item(NETWORK, item_id) if is_fresh else None

    def delete(self, account: Account, channel: str, message_id: str) -> None:
        """Delete an own message, or anybody's with the permission. Raises the refusal."""
        item = self.find(account, channel, message_id)
        if item.author_id != account.id and account.options.get("is_powerless"):
            raise errors.missing_permission()
        self._world.delete(item)

    def edit(self, account: Account, channel: str, message_id: str, told: dict[str, Any]) -> Item:
        """Change an own message. Raises the refusal."""
        item, text = self.find(account, channel, message_id), told.get("content")
        if item.author_id != account.id:
            raise errors.refusal(403, 50005, "Cannot edit a message authored by another user")
        if not isinstance(text, str) or not 1 <= len(text) <= _LONGEST:
            raise errors.invalid_form("content")
        self._world.edit(item, text)
        return item

    def react(self, account: Account, channel: str, message_id: str, *, is_liked: bool) -> None:
        """Put or take away the bot's reaction. Raises the refusal."""
        self._world.like(self.find(account, channel, message_id), account.id, is_liked)

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person write, answer, change or delete. `extra.channel` says where."""
        if emission.kind in ("edit", "delete"):
            return self._change(account, emission)
        if emission.kind not in ("comment", "reply", "mention", "dm"):
            raise CannotEmit("people on Discord cannot do this")
        channel = emission.extra.get("channel") or channels_of(account)[0]
        if emission.kind == "dm":
            channel = account.options.get("dm", "")
        text = emission.text or "Hello"
        if emission.kind == "mention":
            text = f"<@{account.id}> {text}"
        parent = self._world.item(NETWORK, emission.id or "")
        item = self._make(account, self._person(emission), text, channel)
        item.parent_id = parent.id if parent else None
        self._world.create(item)
        return item

    def _make(self, account: Account, person: Person | None, text: str, channel: str) -> Item:
        author = person or account
        is_direct = channel == account.options.get("dm")
        kind: Kind = "dm" if is_direct else "comment"
        return Item(
            network=NETWORK,
            id=self._snowflake(),
            account_id=account.id,
            author_id=author.id,
            author_name=author.name,
            author_handle=author.handle,
            kind=kind,
            text=text,
            created_at=self._world.now(),
            is_own=person is None,
            root_id=channel,
        )

    def _snowflake(self) -> str:
        now = int((self._world.now() - _EPOCH) / timedelta(milliseconds=1)) << 22
        self._last = max(self._last + 1, now)
        return str(self._last)

    def _person(self, emission: Emission) -> Person:
        name = emission.author or "Robin Example"
        handle = "".join(c for c in name.lower() if c.isalnum() and c.isascii()) or "someone"
        number = str((1 << 55) + zlib.crc32(name.encode()))
        person = Person(id=number, name=name, handle=handle, language=emission.language)
        self._world.put_person(person)
        return person

    def _change(self, account: Account, emission: Emission) -> Item:
        rows = self._world.items(NETWORK, account.id)
        people = [one for one in rows if not one.is_own and emission.id in (None, one.id)]
        if not people:
            raise CannotEmit("there is no such message")
        item = people[-1]
        if emission.kind == "edit":
            self._world.edit(item, emission.text or f"{item.text} (edited)")
        else:
            self._world.delete(item)
        return item
