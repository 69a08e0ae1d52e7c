"""The state both stand-ins share: accounts, people, items, notifications; tells listeners of changes."""

from collections.abc import Callable
from datetime import datetime
from itertools import islice

from sandbox.models import (
    Account,
    Change,
    Doing,
    Item,
    Network,
    Notification,
    Person,
    Version,
)
from sandbox.numbering import Numbering
from sandbox.records import Records

ITEMS_KEPT = 60_000
# The wall clock or one that a test turns.
Now = Callable[[], datetime]
Listener = Callable[[Change], None]


class World:
    """Single-threaded and synchronous: every change is complete before the next begins."""

    def __init__(self, records: Records, now: Now) -> None:
        self.now = now
        self.origin = "http://127.0.0.1"
        self.numbering = Numbering()
        self._records = records
        self._listeners: list[Listener] = []
        self._accounts: dict[tuple[Network, str], Account] = {}
        self._people: dict[str, Person] = {}
        self._items: dict[tuple[Network, str], Item] = {}
        self._children: dict[tuple[Network, str], list[str]] = {}
        self._by_account: dict[tuple[Network, str], dict[str, Item]] = {}
        self._notifications: dict[str, list[Notification]] = {}
        self._load()

    def _load(self) -> None:
        for account in self._records.load("account", Account):
            self._accounts[account.network, account.id] = account
        for person in self._records.load("person", Person):
            self._people[person.id] = person
        for item in self._records.load("item", Item):
            self._index(item)
            self._note_ids(item)
        for note in self._records.load("notification", Notification):
            self._notifications.setdefault(note.account_id, []).append(note)
            self.numbering.seen_notification(int(note.id))

    def _note_ids(self, item: Item) -> None:
        if item.network == "mastodon":
            self.numbering.seen_flake(int(item.id))
        elif item.network in ("facebook", "messenger", "instagram"):
            number = item.id.rpartition("_")[2][2 if item.network == "instagram" else 0 :]
            self.numbering.seen_graph(int(number) if number.isdecimal() else 0)

    def _index(self, item: Item) -> None:
        self._items[item.network, item.id] = item
        self._by_account.setdefault((item.network, item.account_id), {})[item.id] = item
        if item.parent_id is not None:
            self._children.setdefault((item.network, item.parent_id), []).append(item.id)

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every change from now on."""
        self._listeners.append(listener)

    def _tell(self, change: Change) -> None:
        for listener in self._listeners:
            listener(change)

    # Accounts and people

    def put_account(self, account: Account) -> None:
        """Add or replace a brand account."""
        self._accounts[account.network, account.id] = account
        self._records.put("account", f"{account.network}:{account.id}", account)

    def accounts(self, network: Network | None = None) -> list[Account]:
        """All brand accounts, of one network or of all."""
        return [a for a in self._accounts.values() if network in (None, a.network)]

    def account(self, network: Network, account_id: str) -> Account | None:
        """One brand account by its id at the network."""
        return self._accounts.get((network, account_id))

    def account_by_token(self, network: Network, token: str) -> Account | None:
        """Whose token this is, revoked ones too."""
        return next((a for a in self.accounts(network) if a.token == token), None)

    def put_person(self, person: Person) -> None:
        """Add or replace an invented person."""
        if self._people.get(person.id) != person:
            self._people[person.id] = person
            self._records.put("person", person.id, person)

    def person(self, person_id: str) -> Person | None:
        """One invented person by id."""
        return self._people.get(person_id)

    # Items

    def item(self, network: Network, item_id: str) -> Item | None:
        """One item, deleted ones too."""
        return self._items.get((network, item_id))

    def items(self, network: Network | None = None, account_id: str | None = None) -> list[Item]:
        """Items in the order they came to be here."""
        if network is not None and account_id is not None:
            return list(self._by_account.get((network, account_id), {}).values())
        return [
            i
            for i in self._items.values()
            if network in (None, i.network) and account_id in (None, i.account_id)
        ]

    def posts(self, account: Account) -> list[Item]:
        """The brand's own posts that are still there, oldest first."""
        mine = self._by_account.get((account.network, account.id), {}).values()
        return [i for i in mine if i.kind == "post" and not i.is_deleted]

    def latest(self, account: Account, count: int) -> list[Item]:
        """The last items at this account, newest first."""
        mine = self._by_account.get((account.network, account.id), {})
        return list(islice(reversed(mine.values()), count))

    def children(self, item: Item) -> list[Item]:
        """Direct answers that were not deleted, in the order they came to be here."""
        ids = self._children.get((item.network, item.id), [])
        found = [self._items[item.network, one] for one in ids]
        return [one for one in found if not one.is_deleted]

    def has_visitors(self) -> bool:
        """Whether anybody but the brands has written yet."""
        return any(not item.is_own for item in self._items.values())

    def create(self, item: Item, *, is_news: bool = True) -> None:
        """Add a new item and tell everybody unless it is old; the oldest non-posts make room."""
        self._index(item)
        self._records.put("item", f"{item.network}:{item.id}", item)
        if len(self._items) > ITEMS_KEPT:
            self._forget_oldest()
        if is_news:
            self._tell(Change(doing=Doing.CREATED, item=item))

    def _forget_oldest(self) -> None:
        old = next((i for i in self._items.values() if i.kind != "post"), None)
        if old is not None:
            del self._items[old.network, old.id]
            self._by_account[old.network, old.account_id].pop(old.id, None)
            self._records.drop("item", f"{old.network}:{old.id}")
            siblings = self._children.get((old.network, old.parent_id or ""), [])
            if old.id in siblings:
                siblings.remove(old.id)

    def _settle(self, item: Item, doing: Doing) -> None:
        self._records.put("item", f"{item.network}:{item.id}", item)
        self._tell(Change(doing=doing, item=item))

    def keep(self, item: Item) -> None:
        """Keep what was noted in an item; nobody is told."""
        self._records.put("item", f"{item.network}:{item.id}", item)

    def edit(self, item: Item, text: str) -> None:
        """Replace the text, keep the earlier one."""
        item.versions.append(Version(text=item.text, at=item.edited_at or item.created_at))
        item.text, item.edited_at = text, self.now()
        self._settle(item, Doing.EDITED)

    def delete(self, item: Item) -> None:
        """Mark as deleted; reads answer as if it were not there."""
        if not item.is_deleted:
            item.is_deleted = True
            self._settle(item, Doing.DELETED)

    def hide(self, item: Item, is_hidden: bool) -> None:
        """Hide or show again (Facebook only)."""
        if item.is_hidden != is_hidden:
            item.is_hidden = is_hidden
            self._settle(item, Doing.HIDDEN if is_hidden else Doing.UNHIDDEN)

    def like(self, item: Item, who: str, is_liked: bool) -> None:
        """Note who likes an item; likes are no messages, so nobody is told."""
        if is_liked and who not in item.likes:
            item.likes.append(who)
        if not is_liked and who in item.likes:
            item.likes.remove(who)
        self._records.put("item", f"{item.network}:{item.id}", item)

    # Notifications

    def notify(self, note: Notification, item: Item) -> None:
        """Add a notification to an account's list and tell its streams."""
        self._notifications.setdefault(note.account_id, []).append(note)
        self._records.put("notification", note.id, note)
        self._tell(Change(doing=Doing.NOTIFIED, item=item, notification=note))

    def notifications(self, account_id: str) -> list[Notification]:
        """An account's notifications, oldest first; those of deleted statuses are gone."""
        return [
            note
            for note in self._notifications.get(account_id, [])
            if note.status_id is None or self._is_there(note.status_id)
        ]

    def _is_there(self, status_id: str) -> bool:
        item = self._items.get(("mastodon", status_id))
        return item is not None and not item.is_deleted
