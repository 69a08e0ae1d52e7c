"""The feed reader against the stand-in's blogs, over real HTTP and by the guarded client."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest

from contracts.messages import Item
from runtime.clock import FakeClock
from runtime.errors import Invalid, Reauthorise, Unavailable
from runtime.net import Guard, guarded_client
from sandbox.app import Sandbox
from sandbox.misbehaviour import Wish
from sandbox.models import Account as Brand
from sandbox.models import Item as Written
from sandbox.writing import Words
from services.ingest.connectors.feed.connector import FeedConnector
from services.ingest.connectors.feed.payloads import normalise
from services.ingest.connectors.protocol import Account, Grant, Tools
from services.ingest.meter import QuotaMeter

HOUR_S = 3600.0


@pytest.fixture
async def guarded() -> AsyncIterator[httpx.AsyncClient]:
    async with guarded_client(2.0, Guard(is_loopback_allowed=True)) as one:
        yield one


@dataclass
class Blog:
    """A blog of the stand-in, a reader of it, and the cursor as the core keeps it."""

    sandbox: Sandbox
    brand: Brand
    tools: Tools
    clock: FakeClock
    reader: FeedConnector
    options: dict[str, str] = field(default_factory=dict)
    cursor: str | None = None

    @property
    def home(self) -> str:
        return f"{self.sandbox.origin}/feeds/{self.brand.id}/"

    def grant(self, where: str = "") -> Grant:
        return Grant("con_1", "blog", f"{self.home}{where}", "", self.options)

    def post(self, text: str = "A bench\nIt is new.") -> Written:
        return self.sandbox.pen.post(self.brand, Words(text))

    async def emit(self, kind: str = "comment", **more: str) -> str:
        body = {"network": "feed", "account": self.brand.id, "kind": kind, **more}
        answer = await self.tools.client.post(f"{self.sandbox.origin}/__control/emit", json=body)
        return str(answer.json()["id"])

    async def poll(self, where: str = "feed/", wait_s: float = HOUR_S) -> list[Item]:
        """Poll an hour later; return what the pages hold."""
        self.clock.advance(wait_s)
        items: list[Item] = []
        async for page in self.reader.poll(self.grant(where), self.cursor):
            found = normalise(page.raw, Account())
            assert found.problems == []
            items += found.items
            self.cursor = page.cursor or self.cursor
        return items

    def restart(self) -> None:
        self.reader = FeedConnector(self.tools)

    async def asked(self) -> list[int]:
        answer = await self.tools.client.get(f"{self.sandbox.origin}/__control/requests")
        return [one["status"] for one in answer.json()["requests"] if one["network"] == "feed"]


@pytest.fixture
async def blog(sandbox: Sandbox, client: httpx.AsyncClient, guarded: httpx.AsyncClient) -> Blog:
    brand = Brand(network="feed", id="holz", brand="b1", name="Holz & Co", handle="holz", token="")
    sandbox.world.put_account(brand)
    clock = FakeClock(datetime.now(UTC))
    tools = Tools(client, guarded, clock, QuotaMeter(clock), {})
    return Blog(sandbox, brand, tools, clock, FeedConnector(tools))


async def test_a_blogs_page_leads_to_its_feed_and_its_comments(blog: Blog) -> None:
    blog.post()
    found = await blog.reader.check(blog.grant())
    assert found.account_id == f"{blog.home}feed/"
    assert found.name == "Holz & Co"
    assert found.options == {
        "feed": f"{blog.home}feed/",
        "comments": f"{blog.home}comments/feed/",
    }


@pytest.mark.parametrize("where", ["feed/", "atom/", "feed.json", "moved/", "away/"])
async def test_a_feed_is_taken_as_it_is(blog: Blog, where: str) -> None:
    blog.post()
    found = await blog.reader.check(blog.grant(where))
    assert found.account_id == f"{blog.home}{'feed/' if where in ('moved/', 'away/') else where}"


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("inside/", "feed.address_forbidden"),
        ("gone/", "feed.gone"),
        ("posts/1/", "feed.unavailable"),
        ("huge/", "feed.too_large"),
        ("slow/", "feed.unreachable"),
        ("round/", "feed.unavailable"),
    ],
)
async def test_what_is_no_feed_is_refused_with_a_reason(blog: Blog, where: str, code: str) -> None:
    with pytest.raises((Invalid, Unavailable)) as refused:
        await blog.reader.check(blog.grant(where))
    assert refused.value.code == code


@pytest.mark.parametrize("where", ["feed/", "atom/", "feed.json"])
async def test_everything_is_found_and_nothing_twice(blog: Blog, where: str) -> None:
    posts = [blog.post(f"Post {n}\nText {n}") for n in range(5)]
    assert len(await blog.poll(where)) == len(posts)
    assert await blog.poll(where) == []
    blog.restart()
    assert await blog.poll(where) == []
    blog.post("One more")
    assert [one.text for one in await blog.poll(where)] == ["One more"]


async def test_comments_of_recent_posts_come_with_their_thread(blog: Blog) -> None:
    post = blog.post()
    first = await blog.emit(text="How much is it? <3 & more")
    answer = await blog.emit("reply", id=first, text="I would like to know, too.")
    items = {one.external_id: one for one in await blog.poll()}
    link = f"{blog.home}posts/{post.id.rpartition('_')[2]}/"
    assert items[first].kind == "comment"
    assert items[first].text == "How much is it? <3 & more"
    assert items[first].thread_root_id == link
    assert items[answer].parent_external_id == first
    assert {one.thread_root_id for one in items.values()} == {link}


async def test_a_gap_of_an_outage_is_filled(blog: Blog) -> None:
    blog.post()
    await blog.poll()
    rule = blog.sandbox.misbehaviour.add(Wish(network="feed", operation="read", kind="error_5xx"))
    written = {await blog.emit(text=f"Comment {n}") for n in range(12)}
    waits = []
    for _ in range(3):
        with pytest.raises(Unavailable) as away:
            await blog.poll(wait_s=7 * HOUR_S)
        waits.append(away.value.retry_after_s)
    assert waits == [60.0, 120.0, 240.0]
    blog.sandbox.misbehaviour.remove(rule.id)
    items = await blog.poll(wait_s=7 * HOUR_S)
    assert {one.external_id for one in items} == written
    assert len(items) == len(written)


async def test_a_changed_entry_is_an_edit_that_is_newer(blog: Blog) -> None:
    post = blog.post()
    comment = await blog.emit(text="How much is it?")
    await blog.poll()
    await blog.emit("edit", id=comment, text="How much is the oak one?")
    await blog.emit("edit", id=post.id, text="A bench\nIt is old.")
    edited = {one.kind: one for one in await blog.poll()}
    assert edited["comment"].action == edited["post"].action == "edited"
    assert edited["comment"].edited_at == blog.clock.now()
    assert edited["comment"].text == "How much is the oak one?"
    assert edited["comment"].external_id == comment
    assert await blog.poll() == []


async def test_a_feed_that_did_not_change_costs_no_body(blog: Blog) -> None:
    blog.post()
    await blog.poll("atom/")
    asked = await blog.asked()
    assert await blog.poll("atom/", wait_s=1.0) == []
    assert await blog.asked() == asked
    assert await blog.poll("atom/") == []
    assert (await blog.asked())[len(asked) :] == [304, 304]


async def test_a_feed_says_how_often_it_wants_to_be_asked(blog: Blog) -> None:
    blog.brand.options["cache"] = "public, max-age=7200"
    blog.post()
    await blog.poll()
    asked = await blog.asked()
    await blog.poll(wait_s=2000)
    assert len(await blog.asked()) - len(asked) <= 1
    blog.post("Later")
    assert [one.text for one in await blog.poll(wait_s=8000)] == ["Later"]


async def test_retry_after_is_obeyed(blog: Blog) -> None:
    blog.post()
    wish = Wish(network="feed", operation="read", kind="rate_limited", retry_after_s=900, count=1)
    blog.sandbox.misbehaviour.add(wish)
    with pytest.raises(Unavailable) as told:
        await blog.poll()
    assert told.value.retry_after_s == 900
    asked = await blog.asked()
    assert await blog.poll(wait_s=800) == []
    assert await blog.asked() == asked
    assert len(await blog.poll(wait_s=200)) == 1


async def test_a_move_is_remembered_and_an_end_is_told(blog: Blog) -> None:
    blog.post()
    assert len(await blog.poll("moved/")) == 1
    assert blog.cursor is not None
    assert f"{blog.home}feed/" in blog.cursor
    blog.restart()
    blog.cursor = None
    with pytest.raises(Reauthorise) as gone:
        await blog.poll("gone/")
    assert gone.value.code == "feed.gone"


async def test_a_page_that_is_not_taken_comes_again(blog: Blog) -> None:
    for n in range(3):
        blog.post(f"Post {n}")
    pages = blog.reader.poll(blog.grant("feed/"), None)
    assert normalise((await anext(pages)).raw, Account()).items
    await pages.aclose()  # type: ignore[attr-defined]
    assert len(await blog.poll()) == 3


async def test_a_torn_feed_gives_its_whole_entries(blog: Blog) -> None:
    for n in range(4):
        blog.post(f"Post {n}\nwith words")
    blog.clock.advance(HOUR_S)
    pages = [page async for page in blog.reader.poll(blog.grant("broken/"), None)]
    items = [one for page in pages for one in normalise(page.raw, Account()).items]
    assert len({one.external_id for one in items}) >= 3


async def test_the_post_of_a_thread_while_the_feed_has_it(blog: Blog) -> None:
    post = blog.post("A bench\nIt is new.")
    await blog.poll()
    link = f"{blog.home}posts/{post.id.rpartition('_')[2]}/"
    page = await blog.reader.context(blog.grant("feed/"), link)
    assert page is not None
    found = normalise(page.raw, Account()).items
    assert [one.thread_root_id for one in found] == [link]
    assert await blog.reader.context(blog.grant("feed/"), f"{link}x") is None


async def test_a_connected_blog_in_trouble_is_left_alone(blog: Blog) -> None:
    blog.post()
    blog.options |= (await blog.reader.check(blog.grant())).options
    await blog.poll("")
    assert (await blog.reader.check(blog.grant())).account_id == "blog"
    blog.sandbox.misbehaviour.add(Wish(network="feed", operation="read", kind="html_error"))
    with pytest.raises(Unavailable):
        await blog.poll("")
    asked = await blog.asked()
    with pytest.raises(Unavailable) as away:
        await blog.reader.check(blog.grant())
    assert away.value.retry_after_s == 60
    assert await blog.asked() == asked
