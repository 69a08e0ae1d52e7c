"""The control paths under /__control: emit, traffic, misbehave, ledger, state, accounts and posts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from sandbox.control.emission import CannotEmit, Emission
from sandbox.control.emitter import Emitter
from sandbox.family import Family
from sandbox.graph.webhooks import Webhooks
from sandbox.ledger import Journal, Ledger
from sandbox.mastodon.streams import Hub
from sandbox.misbehaviour import Misbehaviour, Wish
from sandbox.models import Account, Item, Network
from sandbox.settings import Settings
from sandbox.traffic.day import Plan
from sandbox.traffic.pace import Pace
from sandbox.world import World
from sandbox.writing import Pen, Words

Answer = dict[str, Any]
_SIGNED_BY_APP = frozenset({"x", "linkedin", "tiktok", "threads"})


@dataclass(frozen=True, slots=True)
class Parts:
    """What the control paths steer."""

    world: World
    pen: Pen
    ledger: Ledger
    journal: Journal
    misbehaviour: Misbehaviour
    webhooks: Webhooks
    hub: Hub
    pace: Pace
    families: Mapping[Network, Family]
    settings: Settings


class TrafficWish(BaseModel):
    """Start the people (a rate given) or stop them (`is_on` false)."""

    is_on: bool = True
    per_second: float | None = Field(default=None, gt=0)
    per_minute: float | None = Field(default=None, gt=0)
    languages: tuple[str, ...] = ()
    mix: dict[str, float] | None = None
    accounts: tuple[str, ...] = ()
    seed: int = 20
    backlog: int = Field(default=0, ge=0, le=1000)

    def plan(self) -> Plan:
        """Rates in messages a minute; an exact rate a second has no bursts."""
        given: Answer = {"languages": self.languages, "accounts": self.accounts, "seed": self.seed}
        if self.mix:
            given["mix"] = self.mix
        rate = self.per_second * 60 if self.per_second else self.per_minute or 15.0
        return Plan(per_minute=rate, is_bursty=self.per_second is None, **given)


class PostWish(BaseModel):
    """A new post of a brand account."""

    network: Network
    account: str
    text: str
    language: str = "en"
    topic: str | None = None


class CallbackWish(BaseModel):
    """Where webhooks go from now on."""

    url: str | None


class ControlRoutes:
    """Open to everybody who reaches the port: the sandbox binds to loopback."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._emitter = Emitter(parts.world, parts.pen, parts.families)

    def router(self) -> APIRouter:
        """All control paths, and GET / saying what this is."""
        router = APIRouter()
        router.add_api_route("/", self.about, methods=["GET"])
        for method, path, handler in (
            ("GET", "/state", self.state),
            ("GET", "/ledger", self.ledger),
            ("DELETE", "/ledger", self.clear_ledger),
            ("GET", "/ledger/duplicates", self.duplicates),
            ("GET", "/requests", self.requests),
            ("GET", "/items", self.items),
            ("GET", "/accounts", self.accounts),
            ("POST", "/accounts", self.add_account),
            ("POST", "/posts", self.add_post),
            ("POST", "/emit", self.emit),
            ("POST", "/traffic", self.traffic),
            ("DELETE", "/traffic", self.stop_traffic),
            ("GET", "/misbehave", self.rules),
            ("POST", "/misbehave", self.misbehave),
            ("DELETE", "/misbehave", self.behave),
            ("POST", "/webhooks", self.set_callback),
            ("POST", "/webhooks/retry", self.retry_webhooks),
            ("POST", "/webhooks/handshake", self.handshake),
        ):
            router.add_api_route(f"/__control{path}", handler, methods=[method])
        return router

    async def about(self) -> Answer:
        """What it is and where."""
        origin = self._parts.world.origin
        return {
            "what": "Rapport's sandbox: stand-ins for networks, with invented people",
            "graph": f"{origin}/graph",
            "mastodon": f"{origin}/mastodon",
            "control": f"{origin}/__control/state",
        }

    async def state(self) -> Answer:
        """Counts of everything."""
        parts = self._parts
        accounts = [
            {"network": a.network, "id": a.id, "brand": a.brand, "name": a.name}
            for a in parts.world.accounts()
        ]
        items = parts.world.items()
        return {
            "accounts": accounts,
            "items": len(items),
            "visitor_items": sum(not i.is_own for i in items),
            "publishes": len(parts.ledger.entries()),
            "duplicates": len(parts.ledger.duplicates()),
            "webhooks": parts.webhooks.state(),
            "streams": parts.hub.count(),
            "traffic": parts.pace.state(),
            "misbehaviour": [r.model_dump(mode="json") for r in parts.misbehaviour.rules()],
            "requests": parts.journal.counts(),
        }

    async def ledger(self) -> list[Answer]:
        """Every applied publish, oldest first."""
        return [entry.model_dump(mode="json") for entry in self._parts.ledger.entries()]

    async def clear_ledger(self) -> Answer:
        """An empty ledger for the next test."""
        self._parts.ledger.clear()
        return {"publishes": 0}

    async def duplicates(self) -> list[Answer]:
        """Items that one account answered more than once."""
        return self._parts.ledger.duplicates()

    async def requests(self) -> Answer:
        """The last requests and counts of all."""
        journal = self._parts.journal
        return {"counts": journal.counts(), "requests": journal.requests()}

    async def items(
        self, network: Network | None = None, account: str | None = None, is_own: bool | None = None
    ) -> list[Item]:
        """Everything that was ever written here: the truth to compare an inbox with."""
        found = self._parts.world.items(network, account)
        return [item for item in found if is_own in (None, item.is_own)]

    async def accounts(self) -> list[Account]:
        """All brand accounts with their tokens."""
        return self._parts.world.accounts()

    async def add_account(self, account: Account) -> Account:
        """Add or replace a brand account."""
        hooks_url, secret = self._parts.settings.hooks_url, self._parts.settings.facebook_app_secret
        if hooks_url is not None and account.network in _SIGNED_BY_APP:
            usual = {
                "webhook_url": f"{hooks_url}/{account.network}",
                "webhook_secret": secret.get_secret_value(),
            }
            account = account.model_copy(update={"options": {**usual, **account.options}})
        self._parts.world.put_account(account)
        return account

    async def add_post(self, wish: PostWish) -> Answer:
        """Let a brand post something."""
        account = self._parts.world.account(wish.network, wish.account)
        if account is None:
            raise HTTPException(404, "no such account")
        words = Words(text=wish.text, language=wish.language, topic=wish.topic)
        item = self._parts.pen.post(account, words)
        return {"id": item.id, "at": item.created_at}

    async def emit(self, emission: Emission) -> Answer:
        """Let one thing happen at once; answers with its ids."""
        try:
            return self._emitter.emit(emission)
        except CannotEmit as error:
            raise HTTPException(422, str(error)) from error

    async def traffic(self, wish: TrafficWish) -> Answer:
        """Start people writing by this plan, or stop them."""
        if wish.is_on:
            self._parts.pace.start(wish.plan(), wish.backlog)
        else:
            await self._parts.pace.stop()
        return self._parts.pace.state()

    async def stop_traffic(self) -> Answer:
        """Nobody writes any more."""
        await self._parts.pace.stop()
        return self._parts.pace.state()

    async def rules(self) -> list[Answer]:
        """The rules in force with their counts."""
        return [rule.model_dump(mode="json") for rule in self._parts.misbehaviour.rules()]

    async def misbehave(self, wish: Wish) -> Answer:
        """Put one misbehaviour in force."""
        rule = self._parts.misbehaviour.add(wish)
        if wish.kind == "stream_cut":
            self._parts.hub.cut(wish.account)
        return rule.model_dump(mode="json")

    async def behave(self, rule_id: str | None = None) -> Answer:
        """Lift one rule or all."""
        return {"lifted": self._parts.misbehaviour.remove(rule_id)}

    async def set_callback(self, wish: CallbackWish) -> Answer:
        """Send webhooks elsewhere from now on; None keeps silent."""
        self._parts.webhooks.callback = wish.url
        return self._parts.webhooks.state()

    async def retry_webhooks(self) -> Answer:
        """Send everything undelivered now."""
        self._parts.webhooks.retry_now()
        return self._parts.webhooks.state()

    async def handshake(self) -> Answer:
        """Do the GET with hub.challenge that Meta does."""
        return await self._parts.webhooks.shake_hands()
