"""Both halves of WordPress against the stand-in's sites, over real HTTP and by the guarded client."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from contracts.messages import Item
from contracts.moderation import Act
from runtime.clock import FakeClock
from runtime.errors import Invalid, Reauthorise, Unavailable
from runtime.net import Guard, guarded_client
from sandbox.app import Sandbox
from sandbox.misbehaviour import MisKind, Wish
from sandbox.models import Account as Brand
from services.ingest.connectors.protocol import Account, Grant, Tools
from services.ingest.connectors.wordpress.connector import WordPressConnector
from services.ingest.connectors.wordpress.payloads import normalise
from services.ingest.connectors.wordpress.site import candidates
from services.ingest.meter import QuotaMeter
from services.respond.networks import protocol as writing
from services.respond.networks.wordpress import WordPress

HOUR_S = 3600.0
TOKEN = "abcd EFGH ijkl MNOP"


@pytest.fixture
async def guarded() -> AsyncIterator[httpx.AsyncClient]:
    async with guarded_client(2.0, Guard(is_loopback_allowed=True)) as one:
        yield one


@dataclass
class Site:
    """A site of the stand-in, both halves of the connector, and the cursor as the core keeps it."""

    sandbox: Sandbox
    brand: Brand
    tools: Tools
    clock: FakeClock
    reader: WordPressConnector
    writer: WordPress
    options: dict[str, str] = field(default_factory=lambda: {"user": "holz"})
    cursor: str | None = None

    @property
    def home(self) -> str:
        return f"{self.sandbox.origin}/wordpress/{self.brand.id}"

    def grant(self, token: str = TOKEN) -> Grant:
        return Grant("con_1", "site", self.home, token, self.options)

    async def connect(self) -> None:
        self.options |= (await self.reader.check(self.grant())).options

    async def emit(self, kind: str = "comment", **more: object) -> str:
        body = {"network": "wordpress", "account": self.brand.id, "kind": kind, **more}
        answer = await self.tools.client.post(f"{self.sandbox.origin}/__control/emit", json=body)
        return str(answer.json()["id"])

    async def poll(self, wait_s: float = 60.0) -> list[Item]:
        self.clock.advance(wait_s)
        items: list[Item] = []
        async for page in self.reader.poll(self.grant(), self.cursor):
            found = normalise(page.raw, Account(own_handles=frozenset({"holz & co"})))
            assert found.problems == []
            items += found.items
            self.cursor = page.cursor or self.cursor
        return items

    def account(self) -> writing.Account:
        return writing.Account("site", self.home, TOKEN, self.options)

    async def target(self, text: str = "How much is it?") -> writing.Target:
        number = await self.emit(text=text)
        item = self.sandbox.world.item("wordpress", number)
        assert item is not None
        return writing.Target(number, "comment", root_id=item.root_id)

    def misbehave(self, kind: MisKind, operation: str = "publish", **more: float) -> None:
        wish = Wish(network="wordpress", operation=operation, kind=kind, count=1)
        self.sandbox.misbehaviour.add(wish.model_copy(update=more))


@pytest.fixture
async def site(sandbox: Sandbox, client: httpx.AsyncClient, guarded: httpx.AsyncClient) -> Site:
    brand = Brand(
        network="wordpress", id="site1", brand="b1", name="Holz & Co", handle="holz", token=TOKEN
    )
    sandbox.world.put_account(brand)
    clock = FakeClock(datetime.now(UTC))
    tools = Tools(client, guarded, clock, QuotaMeter(clock), {})
    return Site(sandbox, brand, tools, clock, WordPressConnector(tools), WordPress(guarded))


@pytest.mark.parametrize("permalinks", ["pretty", "plain"])
async def test_a_site_is_found_by_its_page(site: Site, permalinks: str) -> None:
    site.brand.options["permalinks"] = permalinks
    found = await site.reader.check(site.grant())
    api = "?rest_route=/" if permalinks == "plain" else "wp-json/"
    assert found.options == {"api": f"{site.home}/{api}", "user_id": "3"}
    assert found.handle == "Holz & Co"
    assert found.name == "Holz & Co Blog"
    site.options |= found.options
    written = await site.emit(text="Hello")
    assert [one.external_id for one in await site.poll()] == [written]
    assert isinstance(await answer(site, await site.target()), writing.Sent)


async def test_a_wrong_password_and_a_user_without_rights_are_told(site: Site) -> None:
    with pytest.raises(Reauthorise):
        await site.reader.check(site.grant("wrong"))
    site.brand.options["role"] = "author"
    with pytest.raises(Invalid) as refused:
        await site.reader.check(site.grant())
    assert refused.value.code == "wordpress.permission_missing"


async def test_a_password_travels_by_tls_only(site: Site) -> None:
    grant = Grant("con_1", "site", "http://blog.example", TOKEN, site.options)
    with pytest.raises(Invalid) as refused:
        await site.reader.check(grant)
    assert refused.value.code == "wordpress.insecure"
    account = writing.Account("site", "http://blog.example", TOKEN, site.options)
    publish = writing.Publish(writing.Target("1", "comment", root_id="7"), "Hi", "k")
    outcome = await site.writer.publish(account, publish)
    assert isinstance(outcome, writing.Permanent)


def test_an_api_on_another_host_gets_no_password() -> None:
    told = httpx.Response(
        200,
        headers={"link": '<https://evil.example/wp-json/>; rel="https://api.w.org/"'},
        request=httpx.Request("GET", "https://blog.example/"),
    )
    assert all(one is None or "evil" not in one for one in candidates(told))


async def test_everything_is_found_and_nothing_twice(site: Site) -> None:
    await site.connect()
    written = [await site.emit(text=f"Comment {n}") for n in range(230)]
    items = await site.poll()
    assert [one.external_id for one in items] == written
    assert await site.poll() == []
    site.reader = WordPressConnector(site.tools)
    assert await site.poll() == []
    more = await site.emit(text="One more", extra={"type": "pingback"})
    assert [(one.external_id, one.kind) for one in await site.poll()] == [(more, "mention")]


async def test_own_comments_held_comments_and_parents(site: Site) -> None:
    await site.connect()
    target = await site.target("A < B & C")
    sent = await answer(site, target)
    assert isinstance(sent, writing.Sent)
    items = {one.external_id: one for one in await site.poll()}
    assert items[target.external_id].text == "A < B & C"
    assert not items[target.external_id].is_own
    assert items[sent.external_id].is_own
    assert items[sent.external_id].parent_external_id == target.external_id
    assert items[sent.external_id].text == 'It is <b>5</b> & more.\n\nYours "Holz"'


async def test_edits_trash_and_holding_are_noticed(site: Site) -> None:
    await site.connect()
    edited, trashed, held = [await site.emit(text=f"Comment {n}") for n in range(3)]
    assert len(await site.poll()) == 3
    await site.emit("edit", id=edited, text="Changed")
    await site.emit("delete", id=trashed)
    await site.emit("hide", id=held)
    actions = {one.external_id: one for one in await site.poll(wait_s=HOUR_S)}
    assert actions[edited].action == "edited"
    assert actions[edited].edited_at == site.clock.now()
    assert actions[trashed].action == "deleted"
    assert actions[held].action == "hidden"
    assert await site.poll(wait_s=HOUR_S) == []
    await site.emit("unhide", id=held)
    assert [one.action for one in await site.poll(wait_s=HOUR_S)] == ["unhidden"]


async def test_a_gap_of_an_outage_is_filled_from_the_cursor(site: Site) -> None:
    await site.connect()
    await site.emit()
    await site.poll()
    rule = site.sandbox.misbehaviour.add(
        Wish(network="wordpress", operation="read", kind="html_error")
    )
    written = [await site.emit(text=f"Comment {n}") for n in range(120)]
    with pytest.raises(Unavailable):
        await site.poll()
    site.sandbox.misbehaviour.remove(rule.id)
    items = await site.poll(wait_s=HOUR_S)
    assert [one.external_id for one in items] == written


async def test_a_poll_since_a_moment_reads_from_there(site: Site) -> None:
    await site.connect()
    await site.emit()
    site.cursor = site.reader.since(datetime.now(UTC) + timedelta(hours=1))
    assert site.cursor is not None
    site.clock.advance(4 * 24 * HOUR_S)
    assert await site.poll() == []


async def test_the_post_of_a_thread(site: Site) -> None:
    await site.connect()
    target = await site.target()
    page = await site.reader.context(site.grant(), target.root_id or "")
    assert page is not None
    post = normalise(page.raw, Account()).items[0]
    assert (post.kind, post.thread_root_id) == ("post", target.root_id)
    assert await site.reader.context(site.grant(), "99") is None


async def test_limits_and_revoked_passwords_while_reading(site: Site) -> None:
    await site.connect()
    site.misbehave("rate_limited", "read", retry_after_s=90.0)
    with pytest.raises(Unavailable) as limited:
        await site.poll()
    assert limited.value.retry_after_s == 90.0
    with pytest.raises(Unavailable):
        await site.poll(wait_s=30)
    await site.poll(wait_s=90)
    site.misbehave("revoked_token", "read")
    with pytest.raises(Reauthorise):
        await site.poll()


async def answer(
    site: Site, target: writing.Target, text: str = 'It is <b>5</b> & more.\n\nYours "Holz"'
) -> writing.Outcome:
    return await site.writer.publish(site.account(), writing.Publish(target, text, "key"))


async def test_an_answer_is_found_when_its_receipt_was_lost(site: Site) -> None:
    await site.connect()
    target = await site.target()
    started_at = datetime.now(UTC)
    site.misbehave("apply_then_drop")
    lost = await answer(site, target)
    assert isinstance(lost, writing.Unknown)
    search = writing.Search(target, 'It is <b>5</b> & more.\n\nYours "Holz"', started_at)
    found = await site.writer.find(site.account(), search)
    assert isinstance(found, writing.Found)
    again = await answer(site, target)
    assert again == writing.Sent(found.external_id, found.permalink, is_repeat=True)
    assert len(site.sandbox.ledger.entries()) == 1
    other = writing.Search(target, "Something else", started_at)
    assert await site.writer.find(site.account(), other) == writing.Absent()


async def test_a_held_answer_is_sent(site: Site) -> None:
    await site.connect()
    site.brand.options["holds"] = "yes"
    assert isinstance(await answer(site, await site.target()), writing.Sent)


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("rate_limited", writing.Backoff), ("revoked_token", writing.Reauthorise),
        ("error_5xx", writing.Retry), ("html_error", writing.Retry), ("drop", writing.Unknown),
    ],
)  # fmt: skip
async def test_what_goes_wrong_is_classed(site: Site, kind: MisKind, outcome: type) -> None:
    await site.connect()
    target = await site.target()
    site.misbehave(kind)
    assert isinstance(await answer(site, target), outcome)
    assert site.sandbox.ledger.entries() == []


async def test_closed_comments_and_a_lost_post(site: Site) -> None:
    await site.connect()
    target = await site.target()
    post = site.sandbox.world.item("wordpress", target.root_id or "")
    assert post is not None
    post.extra["comments"] = "closed"
    closed = await answer(site, target)
    assert isinstance(closed, writing.Permanent)
    assert closed.code == "wordpress.closed"
    gone = await answer(site, writing.Target("5", "comment", root_id="77"))
    assert isinstance(gone, writing.Permanent)
    assert gone.code == "wordpress.target_gone"
    unknown = await answer(site, writing.Target("5", "comment"))
    assert isinstance(unknown, writing.Permanent)


async def test_moderation_and_its_repeats(site: Site) -> None:
    await site.connect()
    target = await site.target()
    item = site.sandbox.world.item("wordpress", target.external_id)
    assert item is not None

    async def act(name: Act) -> writing.Moderated:
        return await site.writer.moderate(site.account(), writing.Moderate(name, target, "k"))

    acts: tuple[Act, ...] = ("hide", "unhide", "delete")
    for name in acts:
        assert await act(name) == writing.Done()
        assert await act(name) == writing.Done()
    assert item.is_deleted
    assert isinstance(await act("like"), writing.Permanent)
