"""Facebook, Messenger and Instagram, both halves, against the stand-in of the Graph API over HTTP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from runtime.errors import Reauthorise as ReadReauthorise
from runtime.errors import Unavailable
from sandbox.app import Sandbox
from sandbox.misbehaviour import Wish
from services.ingest.connectors.protocol import Account as Whose
from services.ingest.connectors.protocol import AppSecrets, Callback, Grant, Normalised, Reader
from services.ingest.connectors.protocol import Tools as ReadingTools
from services.ingest.connectors.registry import normalisers, readers
from services.respond.networks.protocol import (
    Absent,
    Account,
    Backoff,
    Done,
    Found,
    Gone,
    Moderate,
    Permanent,
    Publish,
    Reauthorise,
    Retry,
    Search,
    Sent,
    Target,
    Unknown,
)
from services.respond.networks.protocol import Tools as WritingTools
from services.respond.networks.registry import networks

PAGE, INSTAGRAM = "104210000000101", "17841400000000101"
TOKEN = "page-token"
PERSON_TOKEN = "sandbox-person-1"
META = ("facebook", "messenger", "instagram")
SENT_AT = datetime.now(UTC) - timedelta(seconds=5)


@dataclass
class Meta:
    """One page with its messages and its Instagram account, and both halves of each network."""

    sandbox: Sandbox
    http: httpx.AsyncClient
    reading: dict[str, Reader]
    writing: dict[str, Any]

    def grant(self, network: str, token: str = TOKEN) -> Grant:
        options = {"login": "facebook", "handle": "casaverde"} if network == "instagram" else {}
        url = f"{self.sandbox.origin}/graph/v23.0"
        return Grant("con_1", _account_id(network), url, token, options)

    def account(self, network: str, token: str = TOKEN) -> Account:
        grant = self.grant(network, token)
        return Account(grant.account_id, grant.base_url, token, {"handle": "casaverde"})

    async def emit(self, network: str, kind: str, **more: Any) -> dict[str, Any]:
        wish = {"network": network, "account": _account_id(network), "kind": kind, **more}
        answer = await self.http.post(f"{self.sandbox.origin}/__control/emit", json=wish)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def post(self, network: str) -> dict[str, Any]:
        wish = {"network": network, "account": _account_id(network), "text": "Look at this"}
        answer = await self.http.post(f"{self.sandbox.origin}/__control/posts", json=wish)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def item(self, network: str, **more: Any) -> dict[str, Any]:
        """One thing a person wrote that can be answered."""
        return await self.emit(network, "dm" if network == "messenger" else "comment", **more)

    async def poll(self, network: str, cursor: str | None = None) -> tuple[Normalised, str | None]:
        found, last = Normalised(), cursor
        grant = self.grant(network)
        async for page in self.reading[network].poll(grant, cursor):
            whose = Whose(frozenset({grant.account_id}), frozenset({"casaverde"}))
            found.extend(normalisers()[network](page.raw, whose))
            assert TOKEN.encode() not in page.raw
            last = page.cursor or last
        assert not found.problems
        return found, last

    def publishes(self) -> list[tuple[str | None, str]]:
        return [(one.in_reply_to, one.text) for one in self.sandbox.ledger.entries()]


def _account_id(network: str) -> str:
    return INSTAGRAM if network == "instagram" else PAGE


def target(network: str, made: dict[str, Any], **more: Any) -> Target:
    kind = more.pop("kind", "dm" if network == "messenger" else "comment")
    return Target(
        made["id"], kind, made["parent_id"], made["author"], root_id=made["post_id"],
        author_id=made["author_id"], **more,
    )  # fmt: skip


@pytest.fixture
async def meta(
    sandbox: Sandbox, client: httpx.AsyncClient, tools: ReadingTools, writing_tools: WritingTools
) -> AsyncIterator[Meta]:
    apps = {"meta": AppSecrets("app-id", ("sandbox-app-secret",))}
    one = Meta(
        sandbox, client, dict(_of(readers(replace(tools, apps=apps)))), _of(networks(writing_tools))
    )
    for network in META:
        account = {
            "network": network, "id": _account_id(network), "brand": "casa", "name": "Casa Verde",
            "handle": "casaverde", "token": TOKEN, "options": {"page_id": PAGE},
        }  # fmt: skip
        answer = await client.post(f"{sandbox.origin}/__control/accounts", json=account)
        assert answer.status_code == 200
    for network in ("facebook", "instagram"):
        await one.post(network)
    yield one


def _of(known: Any) -> dict[str, Any]:
    return {network: known[network] for network in META}


# Signing in


async def test_a_person_brings_pages_with_messages_and_instagram(meta: Meta) -> None:
    main = await meta.reading["facebook"].check(meta.grant("facebook", PERSON_TOKEN))
    known = [(one.network, one.account_id, one.token) for one in (main, *main.others)]
    assert known == [
        ("facebook", PAGE, TOKEN), ("messenger", PAGE, TOKEN), ("instagram", INSTAGRAM, TOKEN),
    ]  # fmt: skip
    assert main.others[1].options["login"] == "facebook"


async def test_a_page_token_brings_its_page(meta: Meta) -> None:
    main = await meta.reading["facebook"].check(meta.grant("facebook"))
    assert (main.account_id, main.token) == (PAGE, None)
    assert [one.network for one in main.others] == ["messenger", "instagram"]
    for network in ("messenger", "instagram"):
        assert (await meta.reading[network].check(meta.grant(network))).account_id == _account_id(
            network
        )


async def test_a_token_of_instagrams_own_login_is_renewed(meta: Meta) -> None:
    own = replace(meta.grant("instagram"), options={})
    account = meta.sandbox.world.account("instagram", INSTAGRAM)
    assert account is not None
    meta.sandbox.world.put_account(account.model_copy(update={"token": "instagram-token"}))
    told = await meta.reading["instagram"].check(replace(own, token="instagram-token"))
    assert (told.account_id, told.handle, told.token) == (
        INSTAGRAM, "casaverde", "instagram-token",
    )  # fmt: skip
    assert told.token_expires_at is not None
    assert told.token_expires_at > datetime.now(UTC) + timedelta(days=50)


async def test_the_consent_page_gives_a_code_for_a_token(meta: Meta) -> None:
    origin = meta.sandbox.origin
    asked = {"redirect_uri": "https://rapport.example/back?x=1", "state": "s&1", "client_id": "1"}
    page = await meta.http.get(f"{origin}/graph/v23.0/dialog/oauth", params=asked)
    assert page.status_code == 200
    assert "Casa Verde" in page.text
    back = await meta.http.post(
        f"{origin}/graph/dialog/oauth", data={**asked, "who": "sandbox-person-"}
    )
    url = httpx.URL(back.headers["location"])
    assert (url.host, url.params["state"], url.params["x"]) == ("rapport.example", "s&1", "1")
    form = {"code": url.params["code"], "client_id": "1", "client_secret": "s"}
    token = await meta.http.post(f"{origin}/graph/v23.0/oauth/access_token", data=form)
    assert token.json()["access_token"].startswith("sandbox-person-")
    again = await meta.http.post(f"{origin}/graph/v23.0/oauth/access_token", data=form)
    assert again.status_code == 400


@pytest.mark.parametrize("network", META)
async def test_the_network_is_told_to_call(meta: Meta, network: str) -> None:
    owner = "instagram" if network == "instagram" else "facebook"
    account = meta.sandbox.world.account(owner, _account_id(network))
    assert account is not None
    meta.sandbox.world.put_account(account.model_copy(update={"is_subscribed": False}))
    callback = Callback("https://rapport.example/webhooks/meta", "s")
    await meta.reading[network].subscribe(meta.grant(network), callback)
    found = [one for one in meta.sandbox.world.accounts() if one.id in (PAGE, account.id)]
    assert any(one.is_subscribed for one in found)


# Reading


@pytest.mark.parametrize("network", META)
async def test_a_poll_finds_all_and_goes_on(meta: Meta, network: str) -> None:
    for number in range(3):
        await meta.item(network, text=f"number {number}", author=f"Person {number}")
    found, cursor = await meta.poll(network)
    texts = [item.text for item in found.items if not item.is_own]
    assert sorted(texts) == ["number 0", "number 1", "number 2"]
    assert all(item.created_at for item in found.items)
    assert all(item.thread_root_id for item in found.items)
    assert cursor is not None
    made = await meta.item(network, text="after an outage", author="Person 1")
    again, _ = await meta.poll(network, cursor)
    assert made["id"] in {item.external_id for item in again.items}
    ids = [(item.kind, item.external_id) for item in again.items]
    assert len(ids) == len(set(ids))


async def test_old_items_are_not_read_again(meta: Meta) -> None:
    await meta.emit("messenger", "dm", text="long ago", author="Ada", extra={"age_hours": "50"})
    await meta.emit("messenger", "dm", text="today", author="Bo")
    since = meta.reading["messenger"].since(datetime.now(UTC) - timedelta(hours=1))
    found, _ = await meta.poll("messenger", since)
    assert [item.text for item in found.items] == ["today"]


async def test_a_long_conversation_is_read_to_its_end(meta: Meta) -> None:
    for number in range(45):
        await meta.emit("messenger", "dm", text=f"{number}", author="Ada")
    since = meta.reading["messenger"].since(datetime.now(UTC) - timedelta(hours=1))
    found, _ = await meta.poll("messenger", since)
    assert {item.text for item in found.items} == {str(number) for number in range(45)}


async def test_reviews_and_mentions_of_a_page(meta: Meta) -> None:
    await meta.emit("facebook", "review", text="Lovely place", extra={"rating": "5"})
    await meta.emit("facebook", "mention", text="At Casa Verde today")
    found, cursor = await meta.poll("facebook")
    kinds = {item.kind: item.text for item in found.items}
    assert kinds["review"] == "Lovely place"
    assert kinds["mention"] == "At Casa Verde today"
    assert cursor is not None


async def test_replies_on_instagram_know_what_they_answer(meta: Meta) -> None:
    top = await meta.emit("instagram", "comment", text="first", author="Ada")
    reply = await meta.emit("instagram", "reply", id=top["id"], text="second", author="Bo")
    found, _ = await meta.poll("instagram")
    (item,) = [one for one in found.items if one.external_id == reply["id"]]
    assert (item.parent_external_id, item.thread_root_id) == (top["id"], top["post_id"])
    assert (item.author_handle, item.is_own) == ("bo", False)
    assert (
        await meta.reading["instagram"].root_of(meta.grant("instagram"), reply["id"])
        == (top["post_id"])
    )


async def test_deleted_comments_of_instagram_are_noticed_by_polling(meta: Meta) -> None:
    made = [await meta.item("instagram", text=f"{n}", author="Ada") for n in range(3)]
    _, cursor = await meta.poll("instagram")
    for one in made[:2]:
        await meta.emit("instagram", "delete", id=one["id"])
    found, after = await meta.poll("instagram", cursor)
    deleted = {item.external_id for item in found.items if item.action == "deleted"}
    assert deleted == {made[0]["id"], made[1]["id"]}
    assert {item.thread_root_id for item in found.items if item.action == "deleted"} == {
        made[0]["post_id"]
    }
    again, _ = await meta.poll("instagram", after)
    assert not [item for item in again.items if item.action == "deleted"]
    odd, _ = await meta.poll("instagram", '{"seen": 7}')
    assert odd.items


async def test_the_words_of_a_mention_are_read(meta: Meta) -> None:
    made = await meta.emit("instagram", "mention", text="lovely!", author="Ada")
    page = await meta.reading["instagram"].context(meta.grant("instagram"), made["post_id"])
    assert page is not None
    found = normalisers()["instagram"](page.raw, Whose(frozenset({INSTAGRAM})))
    post, mention = found.items
    assert (post.kind, post.external_id, post.is_own) == ("post", made["post_id"], False)
    assert (mention.kind, mention.external_id) == ("mention", made["id"])
    assert mention.text == "@casaverde lovely!"
    assert mention.created_at is not None


async def test_context_of_an_own_medium_and_of_none(meta: Meta) -> None:
    made = await meta.item("instagram")
    reader, grant = meta.reading["instagram"], meta.grant("instagram")
    page = await reader.context(grant, made["post_id"])
    assert page is not None
    whose = Whose(frozenset({INSTAGRAM}))
    (post,) = normalisers()["instagram"](page.raw, whose).items
    assert (post.kind, post.is_own, post.text) == ("post", True, "Look at this")
    assert await reader.context(grant, "179999") is None


@pytest.mark.parametrize("network", META)
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("error_5xx", Unavailable), ("rate_limited", Unavailable), ("html_error", Unavailable),
        ("drop", Unavailable), ("revoked_token", ReadReauthorise),
    ],
)  # fmt: skip
async def test_trouble_while_reading(
    meta: Meta, network: str, kind: Any, expected: type[Exception]
) -> None:
    wish = Wish(network=network, operation="read", kind=kind, account=_account_id(network))
    meta.sandbox.misbehaviour.add(wish)
    with pytest.raises(expected) as caught:
        await meta.poll(network)
    assert str(getattr(caught.value, "code", "")).startswith(f"{network}.")
    if kind == "rate_limited":
        with pytest.raises(Unavailable) as rests:
            await meta.poll(network)
        assert rests.value.code == "network.resting"


# Writing


@pytest.mark.parametrize("network", META)
async def test_an_answer_is_written_once_and_read_back_as_own(meta: Meta, network: str) -> None:
    made = await meta.item(network)
    publish = Publish(target(network, made), "We open at nine.", "rpl_1")
    sent = await meta.writing[network].publish(meta.account(network), publish)
    assert isinstance(sent, Sent)
    assert meta.publishes() == [(made["id"], "We open at nine.")]
    found, _ = await meta.poll(network)
    (own,) = [item for item in found.items if item.external_id == sent.external_id]
    assert own.is_own
    assert own.thread_root_id == made["post_id"]


@pytest.mark.parametrize("network", META)
async def test_a_lost_answer_is_found(meta: Meta, network: str) -> None:
    made = await meta.item(network)
    meta.sandbox.misbehaviour.add(Wish(network=network, kind="apply_then_drop", count=1))
    publish = Publish(target(network, made), "We open at nine.", "rpl_1")
    writer, account = meta.writing[network], meta.account(network)
    assert isinstance(await writer.publish(account, publish), Unknown)
    search = Search(publish.target, publish.text, SENT_AT, key="rpl_1")
    found = await writer.find(account, search)
    (entry,) = meta.sandbox.ledger.entries()
    assert isinstance(found, Found)
    assert found.external_id == entry.id
    assert await writer.find(account, replace(search, text="never said")) == Absent()
    taken = replace(search, taken=frozenset({entry.id}))
    assert await writer.find(account, taken) == Absent()


@pytest.mark.parametrize("network", META)
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("error_5xx", Retry), ("apply_then_5xx", Retry), ("rate_limited", Backoff),
        ("revoked_token", Reauthorise), ("html_error", Retry), ("drop", Unknown),
    ],
)  # fmt: skip
async def test_trouble_while_writing(
    meta: Meta, network: str, kind: Any, expected: type[object]
) -> None:
    made = await meta.item(network)
    wish = Wish(network=network, kind=kind, account=_account_id(network), retry_after_s=120)
    meta.sandbox.misbehaviour.add(wish)
    publish = Publish(target(network, made), "Hello", "rpl_1")
    outcome = await meta.writing[network].publish(meta.account(network), publish)
    assert isinstance(outcome, expected)
    if isinstance(outcome, Backoff):
        assert outcome.wait_s == 120


@pytest.mark.parametrize("network", ["messenger", "instagram"])
@pytest.mark.parametrize(
    ("age_h", "is_by_person", "is_in_window", "expected"),
    [
        (1, False, True, Sent), (30, True, False, Sent), (30, False, False, Permanent),
        (30, True, True, Permanent), (24 * 8, True, False, Permanent),
    ],
)  # fmt: skip
async def test_windows(
    meta: Meta, network: str, age_h: int, is_by_person: bool, is_in_window: bool, expected: Any
) -> None:
    made = await meta.emit(network, "dm", text="hi", extra={"age_hours": str(age_h)})
    publish = Publish(
        target(network, made, kind="dm"), "Hello", "rpl_1",
        is_by_person=is_by_person, is_in_window=is_in_window,
    )  # fmt: skip
    outcome = await meta.writing[network].publish(meta.account(network), publish)
    assert isinstance(outcome, expected), outcome
    if isinstance(outcome, Permanent):
        assert outcome.code == f"{network}.window_closed"
        assert meta.publishes() == []


@pytest.mark.parametrize("network", ["facebook", "instagram"])
async def test_a_comment_is_answered_privately_once(meta: Meta, network: str) -> None:
    made = await meta.emit(network, "comment", text="how much?", author="Ada")
    publish = Publish(target(network, made), "Twelve euros.", "rpl_1", is_private=True)
    writer, account = meta.writing[network], meta.account(network)
    sent = await writer.publish(account, publish)
    assert isinstance(sent, Sent)
    search = Search(publish.target, publish.text, SENT_AT, is_private=True)
    assert await writer.find(account, search) == Found(sent.external_id)
    assert isinstance(await writer.publish(account, publish), Permanent)
    (entry,) = meta.sandbox.ledger.entries()
    assert (entry.visibility, entry.in_reply_to) == ("direct", made["id"])
    public, _ = await meta.poll(network)
    assert "Twelve euros." not in [item.text for item in public.items if item.kind == "comment"]


async def test_a_reply_on_instagram_is_answered_under_the_top_comment(meta: Meta) -> None:
    top = await meta.emit("instagram", "comment", text="first", author="Ada")
    reply = await meta.emit("instagram", "reply", id=top["id"], text="second", author="Bo")
    where = target("instagram", reply)
    writer, account = meta.writing["instagram"], meta.account("instagram")
    text = writer.text_for(where, "We do.")
    assert text == "@bo We do."
    assert writer.text_for(target("instagram", top), "We do.") == "We do."
    sent = await writer.publish(account, Publish(where, text, "rpl_1"))
    assert isinstance(sent, Sent)
    assert meta.publishes() == [(top["id"], "@bo We do.")]
    assert await writer.find(account, Search(where, text, SENT_AT)) == Found(sent.external_id)


async def test_a_mention_on_instagram_is_answered(meta: Meta) -> None:
    made = await meta.emit("instagram", "mention", text="lovely!")
    where = target("instagram", made, kind="mention")
    sent = await meta.writing["instagram"].publish(
        meta.account("instagram"), Publish(where, "Thank you!", "rpl_1")
    )
    assert isinstance(sent, Sent)
    assert meta.publishes() == [(made["id"], "Thank you!")]


# Moderating


@pytest.mark.parametrize("network", ["facebook", "instagram"])
async def test_moderation_may_be_done_twice(meta: Meta, network: str) -> None:
    made = await meta.item(network)
    writer, account = meta.writing[network], meta.account(network)

    async def act(what: Any) -> object:
        return await writer.moderate(account, Moderate(what, target(network, made), "mod_1"))

    item = meta.sandbox.world.item(network, made["id"])
    assert item is not None
    assert [await act("hide"), await act("hide"), item.is_hidden] == [Done(), Done(), True]
    assert [await act("unhide"), item.is_hidden] == [Done(), False]
    if network == "facebook":
        assert [await act("like"), await act("unlike")] == [Done(), Done()]
    else:
        assert isinstance(await act("like"), Permanent)
    assert [await act("delete"), await act("delete"), item.is_deleted] == [Done(), Done(), True]
    assert isinstance(await act("block"), Permanent)
    gone = await writer.find(account, Search(target(network, made), "x", SENT_AT))
    assert gone == Gone()


async def test_a_lost_answer_to_an_act_is_tried_again(meta: Meta) -> None:
    made = await meta.item("facebook")
    wish = Wish(network="facebook", operation="moderate", kind="apply_then_drop", count=1)
    meta.sandbox.misbehaviour.add(wish)
    act = Moderate("hide", target("facebook", made), "mod_1")
    writer, account = meta.writing["facebook"], meta.account("facebook")
    assert isinstance(await writer.moderate(account, act), Retry)
    assert await writer.moderate(account, act) == Done()


async def test_own_comments_on_instagram_cannot_be_hidden(meta: Meta) -> None:
    made = await meta.item("instagram")
    writer, account = meta.writing["instagram"], meta.account("instagram")
    sent = await writer.publish(account, Publish(target("instagram", made), "Hi", "rpl_1"))
    act = Moderate("hide", Target(sent.external_id, "comment"), "mod_1")
    assert isinstance(await writer.moderate(account, act), Permanent)
