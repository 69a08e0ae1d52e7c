"""What the live tests of X, YouTube and Reddit share: an account, a person's deed, everything that was read."""

from collections.abc import Iterable

import httpx

from contracts.messages import Item
from sandbox.app import Sandbox
from sandbox.misbehaviour import Wish
from sandbox.models import Account as Played
from services.ingest.connectors.protocol import Account, Grant, Page, Reader
from services.ingest.connectors.registry import normalisers
from services.respond.networks.protocol import Account as Writer
from services.respond.networks.protocol import Target


class Stage:
    """One brand account at a stand-in, and the two halves' keys to it."""

    def __init__(self, sandbox: Sandbox, played: Played, path: str) -> None:
        self.sandbox, self.played = sandbox, played
        self.base_url = f"{sandbox.origin}{path}"
        sandbox.world.put_account(played)

    def grant(self, token: str | None = None, **options: str) -> Grant:
        return Grant("con_1", self.played.id, self.base_url, token or self.played.token, options)

    def writer(self, token: str | None = None, **options: str) -> Writer:
        return Writer(self.played.id, self.base_url, token or self.played.token, options)

    async def emit(self, kind: str, text: str | None = None, **more: object) -> str:
        wish = {"network": self.played.network, "account": self.played.id, "kind": kind}
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(
                f"{self.sandbox.origin}/__control/emit", json={**wish, "text": text, **more}
            )
        assert answer.is_success, answer.text
        return str(answer.json()["id"])

    def misbehave(self, kind: str, operation: str = "publish", count: int | None = 1) -> None:
        network = self.played.network
        self.sandbox.misbehaviour.add(
            Wish(network=network, kind=kind, operation=operation, count=count)
        )

    def read(self, pages: Iterable[Page]) -> list[Item]:
        account = Account(frozenset({self.played.id}), frozenset({self.played.handle}))
        items = []
        for page in pages:
            found = normalisers()[self.played.network](page.raw, account)
            assert not found.problems, found.problems
            items += found.items
        return items

    def published(self) -> list[str]:
        return [entry.text for entry in self.sandbox.ledger.entries()]


async def polled(reader: Reader, grant: Grant, cursor: str | None = None) -> list[Page]:
    return [page async for page in reader.poll(grant, cursor)]


def target(item: Item) -> Target:
    """What the core would answer: an item as it was read."""
    return Target(
        item.external_id,
        item.kind,
        item.parent_external_id,
        item.author_handle,
        item.visibility,
        None,
        item.thread_root_id,
        item.author_id,
    )
