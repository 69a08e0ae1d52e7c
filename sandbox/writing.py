"""Writes items into the world the way each network would: ids, parents, roots, who is told."""

from dataclasses import dataclass
from datetime import datetime

from sandbox.models import Account, Item, Kind, Notification, Person, Visibility
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody writes, before a network gives it an id."""

    text: str
    language: str = "en"
    topic: str | None = None
    intent: str | None = None
    visibility: Visibility = "public"
    spoiler_text: str = ""
    at: datetime | None = None
    mentions: tuple[str, ...] = ()


class Pen:
    """The only way items come to be; posts by brands, everything by people, answers by brands."""

    def __init__(self, world: World) -> None:
        self._world = world

    def post(self, account: Account, words: Words, *, is_news: bool = True) -> Item:
        """A post of the brand itself; an old one is just there, nobody is told."""
        at = words.at or self._world.now()
        item_id = self._new_id(account, at, None)
        item = self._item(account, None, words, item_id=item_id, kind="post")
        self._world.create(item, is_news=is_news)
        return item

    def comment(self, account: Account, parent: Item, person: Person, words: Words) -> Item:
        """A person's comment under a post or an answer to somebody's comment."""
        return self._write(account, person, words, kind="comment", parent=parent)

    def mention(self, account: Account, person: Person, words: Words) -> Item:
        """A person's own post that names the brand."""
        return self._write(account, person, words, kind="mention", parent=None)

    def message(
        self, account: Account, person: Person, words: Words, parent: Item | None = None
    ) -> Item:
        """A direct message to the brand (Mastodon; visibility direct)."""
        return self._write(account, person, words, kind="dm", parent=parent)

    def review(self, account: Account, person: Person, words: Words, rating: str) -> Item:
        """A person's review of a Facebook page."""
        self._world.put_person(person)
        at = words.at or self._world.now()
        item = self._item(
            account, person, words, item_id=self._world.numbering.graph(at), kind="review"
        )
        item.extra["rating"] = rating
        self._world.create(item)
        return item

    def answer(self, account: Account, parent: Item | None, words: Words) -> Item:
        """The brand's own words under an item, or a status of its own."""
        at = words.at or self._world.now()
        kind: Kind = "post" if parent is None else "dm" if parent.kind == "dm" else "comment"
        under = self._landing(parent)
        item_id = self._new_id(account, at, under)
        item = self._item(account, None, words, item_id=item_id, kind=kind, under=under)
        item.answered_id = parent.id if parent else None
        self._world.create(item)
        return item

    def favourite(self, account: Account, person: Person, item: Item) -> None:
        """A person likes what the brand wrote; on Mastodon the brand is told."""
        self._world.put_person(person)
        self._world.like(item, person.id, is_liked=True)
        if account.network == "mastodon":
            self._notify(account, person, item, "favourite")

    def _write(
        self, account: Account, person: Person, words: Words, *, kind: Kind, parent: Item | None
    ) -> Item:
        self._world.put_person(person)
        under = self._landing(parent)
        at = words.at or self._world.now()
        item_id = self._new_id(account, at, under)
        item = self._item(account, person, words, item_id=item_id, kind=kind, under=under)
        item.answered_id = parent.id if parent else None
        if account.network == "instagram" and kind == "mention":
            # It stands below somebody else's medium, which nobody here has.
            item.root_id = f"18{self._world.numbering.graph(at)}"
        if account.network == "mastodon":
            item.mentions = _mentioned(account, person, under)
        self._world.create(item)
        if account.network == "mastodon":
            self._notify(account, person, item, "mention")
        return item

    def _landing(self, parent: Item | None) -> Item | None:
        """Graph puts an answer to an answer under the same top-level comment."""
        is_graph = parent is not None and parent.network in ("facebook", "instagram")
        if parent is None or not is_graph or parent.parent_id == parent.root_id:
            return parent
        top = self._world.item(parent.network, parent.parent_id or "")
        return parent if top is None or parent.kind == "post" else top

    def _new_id(self, account: Account, at: datetime, under: Item | None) -> str:
        if account.network == "mastodon":
            return self._world.numbering.flake(at)
        number = self._world.numbering.graph(at)
        if account.network == "instagram":
            return f"17{number}"
        if under is None:
            return f"{account.id}_{number}"
        return f"{under.root_id.rpartition('_')[2]}_{number}"

    def _item(
        self,
        account: Account,
        person: Person | None,
        words: Words,
        *,
        item_id: str,
        kind: Kind,
        under: Item | None = None,
    ) -> Item:
        author = person or account
        return Item(
            network=account.network,
            id=item_id,
            account_id=account.id,
            author_id=author.id,
            author_name=author.name,
            author_handle=person.acct if person else account.handle,
            kind=kind,
            text=words.text,
            created_at=words.at or self._world.now(),
            language=words.language,
            is_own=person is None,
            parent_id=under.id if under else None,
            root_id=under.root_id if under else item_id,
            topic=words.topic or (under.topic if under else None),
            intent=words.intent,
            visibility=words.visibility,
            spoiler_text=words.spoiler_text,
            mentions=words.mentions,
        )

    def _notify(self, account: Account, person: Person, item: Item, kind: str) -> None:
        note = Notification(
            id=self._world.numbering.notification(),
            type=kind,
            account_id=account.id,
            actor_id=person.id,
            status_id=item.id,
            at=item.created_at if kind == "mention" else self._world.now(),
        )
        self._world.notify(note, item)


def _mentioned(account: Account, person: Person, under: Item | None) -> tuple[str, ...]:
    """Whom a Mastodon client names at the start: the one answered, then the brand."""
    if under is None or under.author_id in (account.id, person.id):
        return (account.id,)
    return (under.author_id, account.id)
