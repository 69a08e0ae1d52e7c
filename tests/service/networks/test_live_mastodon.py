"""Mastodon's reader, writer and consent against its stand-in, over HTTP."""

import asyncio
import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from contracts.networks.table import rules
from runtime.clock import SystemClock
from runtime.errors import Reauthorise
from sandbox.app import Sandbox
from sandbox.misbehaviour import Wish
from sandbox.models import Person
from sandbox.writing import Words
from services.ingest.connectors.mastodon.connector import MastodonConnector
from services.ingest.connectors.mastodon.payloads import normalise
from services.ingest.connectors.protocol import Account as Own
from services.ingest.connectors.protocol import Grant, Normalised, Page, Tools
from services.ingest.meter import QuotaMeter
from services.respond.networks.mastodon import Mastodon, build
from services.respond.networks.protocol import (
    Absent,
    Account,
    Backoff,
    Done,
    Found,
    Moderate,
    Permanent,
    Publish,
    Search,
    Sent,
    Target,
    Unknown,
)
from services.respond.networks.protocol import Tools as WritingTools

ID, TOKEN = "117000000000000101", "mastodon-token-101"
ANA = Person(id="117000000000000999", name="Ana", handle="ana", language="es", host="other.example")


class Place:
    """An account at the stand-in, and what may be done to it from outside."""

    def __init__(self, sandbox: Sandbox, client: httpx.AsyncClient) -> None:
        self.sandbox, self._client = sandbox, client
        self.base_url = f"{sandbox.origin}/mastodon"

    async def post(self, path: str, **body: object) -> dict[str, Any]:
        answer = await self._client.post(f"{self.sandbox.origin}/__control/{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    async def emit(self, **wish: object) -> dict[str, Any]:
        return await self.post("emit", network="mastodon", account=ID, **wish)

    def says(self, text: str, **more: Any) -> Target:
        """Ana writes to the brand; what is known of it afterwards."""
        account = self.sandbox.world.account("mastodon", ID)
        assert account is not None
        item = self.sandbox.pen.mention(account, ANA, Words(text=text, **more))
        kind = "dm" if item.visibility == "direct" else "mention"
        return Target(item.id, kind, author_handle="ana@other.example", author_id=ANA.id)

    def grant(self, token: str = TOKEN) -> Grant:
        return Grant("con_1", ID, self.base_url, token)

    def account(self, token: str = TOKEN) -> Account:
        return Account(ID, self.base_url, token)


@pytest.fixture
async def place(sandbox: Sandbox, client: httpx.AsyncClient) -> Place:
    one = Place(sandbox, client)
    account = {"network": "mastodon", "id": ID, "brand": "b", "name": "Brand", "handle": "brand"}
    await one.post("accounts", **account, token=TOKEN)
    return one


@pytest.fixture
def reader(tools: Tools) -> MastodonConnector:
    return MastodonConnector(tools)


@pytest.fixture
def writer(writing_tools: WritingTools) -> Mastodon:
    one = build(writing_tools)
    assert isinstance(one, Mastodon)
    return one


def read(pages: list[Page]) -> Normalised:
    found = Normalised()
    for page in pages:
        found.extend(normalise(page.raw, Own(frozenset({ID}))))
    assert not found.problems
    return found


async def poll(reader: MastodonConnector, grant: Grant, cursor: str | None) -> list[Page]:
    return [page async for page in reader.poll(grant, cursor)]


def published(place: Place) -> Any:
    return place.sandbox.world.item("mastodon", place.sandbox.ledger.entries()[-1].id)


async def test_the_check_names_the_account(place: Place, reader: MastodonConnector) -> None:
    identity = await reader.check(place.grant())
    assert (identity.account_id, identity.name, identity.handle) == (ID, "Brand", "brand")
    with pytest.raises(Reauthorise):
        await reader.check(place.grant("wrong"))


async def test_a_gap_is_filled_from_a_moment(place: Place, reader: MastodonConnector) -> None:
    assert await poll(reader, place.grant(), reader.since(datetime.now(UTC))) == []
    place.says("long ago")
    await asyncio.sleep(0.01)
    moment = datetime.now(UTC)
    await asyncio.sleep(0.01)
    missed = await place.emit(kind="mention", text="in the gap {n}", count=200)
    pages = await poll(reader, place.grant(), reader.since(moment))
    items = read(pages).items
    assert sorted(item.external_id for item in items) == sorted(missed["ids"])
    assert await poll(reader, place.grant(), pages[-1].cursor) == []
    resumed = await poll(reader, place.grant(), pages[0].cursor)
    assert len(read(resumed).items) == len(items) - len(read(pages[:1]).items)
    everything = await poll(reader, place.grant(), reader.since(moment - timedelta(days=1)))
    assert len(read(everything).items) == 201


async def test_the_quota_of_the_headers_is_noted(place: Place, client: httpx.AsyncClient) -> None:
    meter = QuotaMeter(SystemClock())
    reader = MastodonConnector(Tools(client, client, SystemClock(), meter, {}))
    await poll(reader, place.grant(), None)
    quota = meter.quota("con_1")
    assert quota is not None
    assert (quota.limit, quota.remaining) == (3000, 2999)
    assert quota.resets_at is not None
    assert 0 < (quota.resets_at - datetime.now(UTC)).total_seconds() <= 300


@pytest.mark.parametrize(
    ("theirs", "known", "is_private", "ours"),
    [
        ("public", "public", False, "public"),
        ("public", None, False, "public"),
        ("unlisted", "public", False, "unlisted"),
        ("private", "unlisted", False, "private"),
        ("public", "private", False, "private"),
        ("direct", "public", False, "direct"),
        ("public", "public", True, "direct"),
    ],
)
async def test_an_answer_is_never_more_public(
    place: Place, writer: Mastodon, theirs: str, known: Any, is_private: bool, ours: str
) -> None:
    asked = place.says("hello?", visibility=theirs)
    target = Target(
        asked.external_id, asked.kind, author_handle="ana@other.example", visibility=known
    )
    text = writer.text_for(target, "Hello!")
    outcome = await writer.publish(place.account(), Publish(target, text, "key_1", is_private))
    assert isinstance(outcome, Sent)
    assert published(place).visibility == ours


async def test_a_visibility_nobody_knows_counts_as_followers_only() -> None:
    bodies: list[bytes] = []

    def handler(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(200, json={"id": "1", "visibility": "mutuals-only"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as client:
        publish = Publish(Target("1", "mention", visibility="public"), "hi", "key_1")
        await Mastodon(client).publish(Account("7", "https://social.example", "t"), publish)
    assert b'"visibility":"private"' in bodies[-1].replace(b" ", b"")


async def test_a_content_warning_is_carried_and_counted(place: Place, writer: Mastodon) -> None:
    asked = place.says("my wound", spoiler_text="blood")
    sent = await writer.publish(place.account(), Publish(asked, "@ana@other.example Oh!", "key_1"))
    assert isinstance(sent, Sent)
    assert published(place).spoiler_text == "blood"
    assert rules("mastodon").measure.fits("x" * 498)
    long = await writer.publish(place.account(), Publish(asked, "x" * 498, "key_2"))
    assert isinstance(long, Permanent)
    assert long.code == "text.too_long"
    assert len(place.sandbox.ledger.entries()) == 1


async def test_a_lost_answer_is_found_and_a_repeat_gives_the_first(
    place: Place, writer: Mastodon
) -> None:
    asked = place.says("hello?")
    began_at = datetime.now(UTC)
    publish = Publish(asked, "@ana@other.example Hello!", "key_1")
    search = Search(asked, publish.text, began_at, key="key_1")
    assert await writer.find(place.account(), search) == Absent()
    place.sandbox.misbehaviour.add(Wish(network="mastodon", kind="apply_then_drop", count=1))
    assert isinstance(await writer.publish(place.account(), publish), Unknown)
    found = await writer.find(place.account(), search)
    assert isinstance(found, Found)
    again = await writer.publish(place.account(), publish)
    assert isinstance(again, Sent)
    assert again.external_id == found.external_id
    assert place.sandbox.ledger.duplicates() == []


async def test_acts_are_done_and_may_be_repeated(place: Place, writer: Mastodon) -> None:
    asked = place.says("rubbish")
    item = place.sandbox.world.item("mastodon", asked.external_id)
    assert item is not None

    async def do(act: Any, to: Target = asked) -> Any:
        return await writer.moderate(place.account(), Moderate(act, to, f"mod_{act}"))

    for act, likes in (("like", [ID]), ("like", [ID]), ("unlike", []), ("unlike", [])):
        assert await do(act) == Done()
        assert item.likes == likes
    for target in (asked, Target(asked.external_id, "mention")):
        assert await do("block", target) == Done()
    account = place.sandbox.world.account("mastodon", ID)
    assert account is not None
    assert account.options["blocked"] == ANA.id
    sent = await writer.publish(place.account(), Publish(asked, "An answer", "key_1"))
    assert isinstance(sent, Sent)
    for _ in range(2):
        assert await do("delete", Target(sent.external_id, "comment")) == Done()
    assert published(place).is_deleted
    foreign, hidden = await do("delete"), await do("hide")
    assert (foreign.code, hidden.code) == ("mastodon.not_own", "network.unsupported")
    place.sandbox.misbehaviour.add(
        Wish(network="mastodon", operation="like", kind="rate_limited", retry_after_s=7)
    )
    limited = await do("like")
    assert isinstance(limited, Backoff)
    assert limited.wait_s == 7


async def test_consent_gives_a_token_once(place: Place, client: httpx.AsyncClient) -> None:
    oauth = rules("mastodon").connecting.oauth
    assert oauth is not None
    assert oauth.has_pkce
    back, verifier = "https://rapport.example/connect/back", "v" * 50
    app = (
        await client.post(
            f"{place.base_url}/api/v1/apps",
            json={"client_name": "R", "redirect_uris": back, "scopes": " ".join(oauth.scopes)},
        )
    ).json()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode()
    asked = {
        "response_type": "code", "client_id": app["client_id"], "redirect_uri": back, "state": "s1",
        "scope": "read write", "code_challenge": challenge.rstrip("="), "code_challenge_method": "S256",
    }  # fmt: skip
    page = await client.get(f"{place.base_url}{oauth.authorize_url}", params=asked)
    assert 'name="state" value="s1"' in page.text
    decided = await client.post(
        f"{place.base_url}{oauth.authorize_url}", data={**asked, "account": ID, "decision": "allow"}
    )
    assert decided.status_code == 302
    query = parse_qs(urlsplit(decided.headers["location"]).query)
    assert query["state"] == ["s1"]
    exchange = {
        "grant_type": "authorization_code", "code": query["code"][0], "redirect_uri": back,
        "client_id": app["client_id"], "client_secret": app["client_secret"],
    }  # fmt: skip
    url = f"{place.base_url}{oauth.token_url}"
    unproven = await client.post(url, data={**exchange, "code_verifier": "wrong"})
    assert (unproven.status_code, unproven.json()["error"]) == (400, "invalid_grant")
    decided = await client.post(
        f"{place.base_url}{oauth.authorize_url}", data={**asked, "account": ID, "decision": "allow"}
    )
    exchange["code"] = parse_qs(urlsplit(decided.headers["location"]).query)["code"][0]
    told = (await client.post(url, data={**exchange, "code_verifier": verifier})).json()
    assert (told["access_token"], told["token_type"]) == (TOKEN, "Bearer")
    twice = await client.post(url, data={**exchange, "code_verifier": verifier})
    assert twice.status_code == 400
    denied = await client.post(
        f"{place.base_url}{oauth.authorize_url}", data={**asked, "decision": "deny"}
    )
    assert "error=access_denied" in denied.headers["location"]
    foreign = {**asked, "redirect_uri": "https://evil.example"}
    page = await client.get(f"{place.base_url}{oauth.authorize_url}", params=foreign)
    assert page.status_code == 400
