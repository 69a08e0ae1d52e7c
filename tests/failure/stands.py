"""One account of every network at the sandbox, and what people write to it as ingest reads it.

A network that can be written to and played has a row in STANDS; test_publishing_everywhere.py says so.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from contracts.messages import Item
from runtime.clock import SystemClock
from sandbox.app import Sandbox
from sandbox.models import Account as Played
from services.ingest.connectors.protocol import Account, AppSecrets, Grant, Reader, Tools
from services.ingest.connectors.registry import normalisers, readers
from services.ingest.meter import QuotaMeter
from tests.service.networks.messaging_world import Door, opened, until

SECRET = "whsec_c2FuZGJveCBzZWNyZXQgb2YgMzIgYnl0ZXMgISEhISE="


@dataclass(frozen=True, slots=True)
class Stand:
    """How a network is played: names of one account (`{i}` tells several apart), and what people do there.

    `options` are the account's at the sandbox, `typed` those of the connection; `{origin}` is the sandbox.
    """

    kind: str
    account_id: str
    base_url: str
    handle: str = "brand{i}"
    token: str = "token-{i}"
    options: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    is_pushed: bool = False
    has_posts: bool = False


_PAGE = "1042100000001{i:02d}"
_GRAPH = "{origin}/graph/v23.0"
STANDS: dict[str, Stand] = {
    "facebook": Stand("comment", _PAGE, _GRAPH, options={"page_id": _PAGE}, has_posts=True),
    "messenger": Stand("dm", _PAGE, _GRAPH, options={"page_id": _PAGE}),
    "instagram": Stand(
        "comment", "178414000000001{i:02d}", _GRAPH, options={"page_id": _PAGE},
        typed={"login": "facebook", "handle": "brand{i}"}, has_posts=True,
    ),
    "mastodon": Stand("mention", "1170000000000001{i:02d}", "{origin}/mastodon"),
    "bluesky": Stand(
        "mention", "did:plc:brandbrandbrandbrandbra{i}", "{origin}/bluesky", "brand{i}.example.com",
        "abcd-efgh-ijkl-mno{i}", typed={"identifier": "brand{i}.example.com"},
    ),
    "wordpress": Stand(
        "comment", "site{i}", "{origin}/wordpress/site{i}", token="abcd EFGH ijkl MNO{i}",
        typed={"user": "brand{i}"},
    ),
    "email": Stand(
        "dm", "care{i}@brand.example", "", "care{i}@brand.example",
        typed={"from_name": "Brand", "imap_host": "{host}", "smtp_host": "{host}",
               "imap_port": "{imap_port}", "smtp_port": "{smtp_port}"},
    ),
    "telegram": Stand("dm", "99{i}", "{origin}/telegram", token="99{i}:ABC-DEF1234ghIkl-zyx57W2v1u123ew1{i}"),
    "whatsapp": Stand(
        "dm", "10654{i}", "{origin}/whatsapp/v23.0", "+1555078388{i}", typed={"waba_id": "90{i}"},
        options={"webhook_url": "{door}", "webhook_secret": SECRET, "waba_id": "90{i}"}, is_pushed=True,
    ),
    "webhook": Stand(
        "dm", "shop{i}", "", token=SECRET, options={"webhook_url": "{door}"},
        typed={"reply_url": "{origin}/hooks/shop{i}/replies"}, is_pushed=True,
    ),
    "x": Stand("mention", "111111111111111111{i}", "{origin}/x", options={"tier": "pro"}),
    "youtube": Stand("comment", "UCbrandbrandbrandbrandb{i}", "{origin}/youtube/youtube/v3"),
    "reddit": Stand("mention", "t2_brand{i}", "{origin}/reddit", typed={"username": "brand{i}"}),
    "threads": Stand("comment", "99{i}", "{origin}/threads/v1.0"),
    "tiktok": Stand("comment", "act.example{i}", "{origin}/tiktok/open_api/v1.3"),
    "linkedin": Stand("comment", "urn:li:organization:9999999{i}", "{origin}/linkedin/rest"),
    "discord": Stand(
        "comment", "123456{i}", "{origin}/discord/api/v10", typed={"guild_id": "9{i}0"},
        options={"guild_id": "9{i}0", "channels": "9{i}1,9{i}2", "dm": "9{i}4"},
    ),
    "google_business": Stand("review", "accounts/111/locations/5{i}", "{origin}/google_business/v4"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """One account as it is connected, and the items people wrote to it."""

    network: str
    grant: Grant
    items: list[Item]


class Stands:
    """The sandbox's accounts, connected by ingest's own readers."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient, doors: AsyncExitStack) -> None:
        self._sandbox, self._http, self._doors = sandbox, http, doors
        clock = SystemClock()
        apps = {"meta": AppSecrets("app-id", ("sandbox-app-secret",))}
        tools = Tools(http, http, clock, QuotaMeter(clock), apps, is_loopback_allowed=True)
        self._readers: Mapping[str, Reader] = readers(tools)

    async def place(self, network: str, count: int, number: int = 1) -> Place:
        """Connect an account and let `count` people write to it; return what ingest reads of them."""
        stand = STANDS[network]
        door = await self._doors.enter_async_context(opened()) if stand.is_pushed else None
        told = await self._told(number, door)
        played = Played(
            network=network, id=stand.account_id.format(**told), brand="b", name=f"Brand {number}",
            handle=stand.handle.format(**told), token=stand.token.format(**told),
            options=_filled(stand.options, told),
        )  # fmt: skip
        await self._control("accounts", played.model_dump(mode="json"))
        if stand.has_posts:
            await self._control("posts", self._of(played, text="Look at this"))
        grant = await self._connected(stand, played, told)
        await asyncio.gather(*(self._write(played, stand.kind, one) for one in range(count)))
        items = (
            await self._pushed(door, grant, count) if door else await self._polled(grant, played)
        )
        asked = [one for one in items if not one.is_own and "in stock" in (one.text or "")]
        unique = {one.external_id: one for one in asked}
        assert len(unique) == count, (network, len(unique), len(items))
        return Place(network, grant, list(unique.values()))

    async def _connected(self, stand: Stand, played: Played, told: Mapping[str, Any]) -> Grant:
        typed = _filled(stand.typed, told)
        url = stand.base_url.format(**told)
        grant = Grant(f"con_{played.network}_{played.id}", played.id, url, played.token, typed)
        identity = await self._readers[played.network].check(grant)
        options = {**typed, **identity.options}
        return Grant(grant.connection_id, played.id, url, identity.token or played.token, options)

    async def _told(self, number: int, door: Door | None) -> dict[str, Any]:
        ports = (await self._http.get(f"{self._sandbox.origin}/mail/ports")).json()
        return {
            **ports, "i": number, "origin": self._sandbox.origin, "door": door.url if door else "",
        }  # fmt: skip

    async def _write(self, played: Played, kind: str, number: int) -> None:
        text = f"Is number {number} in stock?"
        wish = self._of(played, kind=kind, text=text, author=f"Person {_letters(number)}")
        await self._control("emit", wish)

    def _of(self, played: Played, **wish: str) -> dict[str, Any]:
        return {"network": played.network, "account": played.id, **wish}

    async def _control(self, path: str, body: Mapping[str, Any]) -> None:
        answer = await self._http.post(f"{self._sandbox.origin}/__control/{path}", json=body)
        assert answer.is_success, answer.text

    async def _polled(self, grant: Grant, played: Played) -> list[Item]:
        reader = self._readers[played.network]
        cursor = reader.since(datetime.now(UTC) - timedelta(hours=1))
        items: list[Item] = []
        async for page in reader.poll(grant, cursor):
            items += _read(played.network, page.raw, grant, played.handle)
        return items

    async def _pushed(self, door: Door, grant: Grant, count: int) -> list[Item]:
        network = grant.connection_id.split("_")[1]

        def items() -> list[Item]:
            return [one for body, _ in door.calls for one in _read(network, body, grant, "")]

        await until(lambda: len(items()) >= count)
        return items()


@asynccontextmanager
async def stands(sandbox: Sandbox) -> AsyncIterator[Stands]:
    """Offer the stands of a running sandbox."""
    async with (
        AsyncExitStack() as doors,
        httpx.AsyncClient(trust_env=False, timeout=30) as http,
    ):
        yield Stands(sandbox, http, doors)


def _read(network: str, raw: bytes, grant: Grant, handle: str) -> list[Item]:
    account = Account(frozenset({grant.account_id}), frozenset({handle} if handle else ()))
    found = normalisers()[network](raw, account)
    assert not found.problems, found.problems
    return found.items


def _filled(options: Mapping[str, str], told: Mapping[str, Any]) -> dict[str, str]:
    return {name: value.format(**told) for name, value in options.items()}


def _letters(number: int) -> str:
    """Return a name of letters alone: some networks drop digits."""
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:04d}").title()
