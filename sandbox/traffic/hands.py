"""How the invented people write at any network: through the pen where it knows the ids, elsewhere through
the network's own family. What they write and when is decided in day.py."""

from collections.abc import Mapping
from dataclasses import replace

from sandbox.control.emission import Emission
from sandbox.family import Family, Posting
from sandbox.models import Account, Item, Network, Person
from sandbox.world import World
from sandbox.writing import Pen, Words

PENNED = frozenset({"facebook", "mastodon"})
"""Networks whose past can be written, too: the pen dates an item as it is told."""


class Hands:
    """One way of writing for all networks. Subjects stand in the first line of a letter."""

    def __init__(self, world: World, pen: Pen, families: Mapping[Network, Family]) -> None:
        self._world, self._pen, self._families = world, pen, families

    def can_write(self, network: Network) -> bool:
        """Say whether people can write there."""
        return network in PENNED or network in self._families

    def post(self, account: Account, words: Words) -> Item | None:
        """A post of the brand that was there before; None where brands do not post."""
        family: object = self._families.get(account.network)
        if isinstance(family, Posting):
            item = family.post(account, words.text, words.language)
            item.created_at = words.at or item.created_at
            return self._noted(item, words)
        if account.network in ("facebook", "mastodon", "instagram"):
            return self._pen.post(account, words, is_news=False)
        return None

    def comment(self, account: Account, parent: Item, person: Person, words: Words) -> Item:
        """A comment under a post, or an answer to somebody's comment."""
        if account.network in PENNED:
            return self._pen.comment(account, parent, person, words)
        if parent.kind == "post":
            return self._emit(account, person, words, "comment", post=parent.id)
        return self._emit(account, person, words, "reply", id=parent.id)

    def mention(self, account: Account, person: Person, words: Words) -> Item:
        """A person's own post that names the brand."""
        if account.network in PENNED:
            return self._pen.mention(account, person, words)
        return self._emit(account, person, words, "mention")

    def message(
        self, account: Account, person: Person, words: Words, parent: Item | None = None
    ) -> Item:
        """A private message or a letter, or the answer to one."""
        if account.network in PENNED:
            private = replace(words, visibility="direct")
            return self._pen.message(account, person, private, parent=parent)
        subject, _, body = words.text.partition("\n\n")
        if account.network == "email" and body:
            told = Emission(
                network="email", account=account.id, kind="dm", author=person.name, text=body,
                language=words.language, extra={"subject": subject},
            )  # fmt: skip
            return self._noted(self._families["email"].emit(account, told), words)
        return self._emit(account, person, words, "dm", id=parent.id if parent else None)

    def _emit(
        self, account: Account, person: Person, words: Words, kind: str, **more: str | None
    ) -> Item:
        wish = {"network": account.network, "account": account.id, "kind": kind, **more}
        wish |= {"text": words.text, "author": person.name, "language": words.language}
        emission = Emission.model_validate(wish)
        return self._noted(self._families[account.network].emit(account, emission), words)

    def _noted(self, item: Item, words: Words) -> Item:
        """Keep what only the people here know of an item."""
        root = self._world.item(item.network, item.root_id)
        item.topic = words.topic or (root.topic if root else None)
        item.language, item.intent = words.language, words.intent
        self._world.keep(item)
        return item
