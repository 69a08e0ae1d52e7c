"""Both halves of LinkedIn against their stand-in, over HTTP."""

from dataclasses import replace
from datetime import timedelta

import pytest

from runtime.clock import SystemClock
from runtime.errors import Invalid, Unavailable
from runtime.errors import Reauthorise as GrantRefused
from sandbox.models import Account as Played
from services.ingest.connectors.linkedin.connector import build
from services.respond.networks import linkedin
from services.respond.networks.protocol import (
    Absent,
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
    Unknown,
)
from tests.service.networks.live import Stage, polled, target

PAGE = "urn:li:organization:99999999"


@pytest.fixture
def stage(sandbox):
    played = Played(
        network="linkedin", id=PAGE, brand="b", name="Brand", handle="brand", token="tok-li",
        options={"others": "urn:li:organization:5"},
    )  # fmt: skip
    return Stage(sandbox, played, "/linkedin/rest")


@pytest.fixture
def reader(tools):
    return build(tools)


@pytest.fixture
def network(writing_tools):
    return linkedin.build(writing_tools)


async def test_check_says_which_pages_they_are(stage, reader):
    told = await reader.check(stage.grant())
    assert (told.account_id, told.name, told.handle, told.others) == (PAGE, "Brand", "brand", ())
    every = await reader.check(replace(stage.grant(), account_id=""))
    assert [one.account_id for one in every.others] == ["urn:li:organization:5"]
    with pytest.raises(Invalid, match=r"linkedin\.not_admin"):
        await reader.check(replace(stage.grant(), account_id="urn:li:organization:1"))


async def test_poll_finds_all_once_and_goes_on(stage, reader):
    await stage.emit("comment", "{n} first", count=3)
    await stage.emit("mention", "look at them")
    pages = await polled(reader, stage.grant())
    assert [item.kind for item in stage.read(pages)] == ["comment"] * 3 + ["mention"]
    assert await polled(reader, stage.grant(), pages[-1].cursor) == []
    await stage.emit("comment", "{n} after an outage", count=230)
    later = stage.read(await polled(reader, stage.grant(), pages[-1].cursor))
    assert len(later) == len({item.external_id for item in later}) == 230
    assert [item.created_at for item in later] == sorted(item.created_at for item in later)


async def test_a_moment_to_begin_from(stage, reader):
    await stage.emit("comment", "old")
    soon = reader.since(SystemClock().now() + timedelta(seconds=1))
    assert await polled(reader, stage.grant(), soon) == []
    far = reader.since(SystemClock().now() - timedelta(days=300))
    assert len(stage.read(await polled(reader, stage.grant(), far))) == 1


async def test_edits_deletions_and_answers_to_answers(stage, reader):
    first = await stage.emit("comment", "one")
    await stage.emit("edit", "one!", id=first)
    reply = await stage.emit("reply", "two", id=first)
    await stage.emit("delete", id=reply)
    items = stage.read(await polled(reader, stage.grant()))
    assert [(item.action, item.text) for item in items] == [
        ("created", "one"), ("edited", "one!"), ("created", "two"), ("deleted", None),
    ]  # fmt: skip
    assert {item.external_id for item in items} == {first, reply}
    assert items[2].parent_external_id == first
    assert await reader.root_of(stage.grant(), reply) == items[0].thread_root_id
    assert await reader.root_of(stage.grant(), "urn:li:share:5") is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("error_5xx", Unavailable), ("rate_limited", Unavailable), ("html_error", Unavailable),
     ("drop", Unavailable), ("revoked_token", GrantRefused)],
)  # fmt: skip
async def test_a_misbehaving_network(stage, reader, kind, expected):
    stage.misbehave(kind, "read")
    with pytest.raises(expected) as caught:
        await polled(reader, stage.grant())
    if kind == "rate_limited":
        assert caught.value.retry_after_s == 5
        with pytest.raises(Unavailable, match=r"network\.resting"):
            await polled(reader, stage.grant())


async def test_a_page_of_somebody_else(stage, reader):
    with pytest.raises(GrantRefused, match=r"linkedin\.role_lost"):
        await polled(reader, replace(stage.grant(), account_id="urn:li:organization:1"))


async def written_to(stage, reader, text="how much?"):
    top = await stage.emit("comment", text)
    items = stage.read(await polled(reader, stage.grant()))
    return target(next(item for item in items if item.external_id == top))


async def test_answers_nest_one_level_and_come_back_as_own(stage, reader, network):
    to = await written_to(stage, reader)
    sent = await network.publish(stage.writer(), Publish(to, "Nine euros.", "k"))
    assert isinstance(sent, Sent)
    below = await stage.emit("reply", "and shipping?", id=to.external_id)
    items = {item.external_id: item for item in stage.read(await polled(reader, stage.grant()))}
    assert items[sent.external_id].is_own
    assert items[sent.external_id].parent_external_id == to.external_id
    again = await network.publish(stage.writer(), Publish(target(items[below]), "Free.", "k2"))
    assert isinstance(again, Sent)


async def test_a_mention_is_answered_below_its_post(stage, reader, network):
    await stage.emit("mention", "look")
    (item,) = stage.read(await polled(reader, stage.grant()))
    sent = await network.publish(stage.writer(), Publish(target(item), "Thank you", "k"))
    assert sent.external_id.startswith(f"urn:li:comment:({item.external_id},")


async def test_a_lost_answer_is_found(stage, reader, network):
    to = await written_to(stage, reader)
    look = Search(to, "Nine euros.", SystemClock().now())
    assert await network.find(stage.writer(), look) == Absent()
    stage.misbehave("apply_then_drop")
    assert isinstance(await network.publish(stage.writer(), Publish(to, look.text, "k")), Unknown)
    found = await network.find(stage.writer(), look)
    assert isinstance(found, Found)
    taken = replace(look, taken=frozenset({found.external_id}))
    assert await network.find(stage.writer(), taken) == Absent()
    await stage.emit("delete", id=to.external_id)
    assert await network.find(stage.writer(), look) == Gone()
    assert stage.published() == [look.text]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("error_5xx", Retry), ("rate_limited", Backoff), ("html_error", Retry), ("drop", Unknown),
     ("apply_then_5xx", Retry), ("revoked_token", Reauthorise)],
)  # fmt: skip
async def test_what_goes_wrong_while_writing(stage, reader, network, kind, expected):
    to = await written_to(stage, reader)
    stage.misbehave(kind)
    outcome = await network.publish(stage.writer(), Publish(to, "Hi", "k"))
    assert isinstance(outcome, expected)
    if kind == "rate_limited":
        assert outcome.wait_s == 5


async def test_a_lost_role(stage, reader, network):
    to = await written_to(stage, reader)
    options = {"has_lost_role": "1"}
    stage.sandbox.world.put_account(stage.played.model_copy(update={"options": options}))
    outcome = await network.publish(stage.writer(), Publish(to, "Hi", "k"))
    assert (type(outcome), outcome.code) == (Reauthorise, "linkedin.role_lost")


async def test_acts(stage, reader, network):
    to = await written_to(stage, reader)
    item = stage.sandbox.world.item("linkedin", to.external_id)

    async def act(name, towards=to):
        return await network.moderate(stage.writer(), Moderate(name, towards, "k"))

    assert (await act("like"), await act("like"), item.likes) == (Done(), Done(), [PAGE])
    assert (await act("unlike"), await act("unlike"), item.likes) == (Done(), Done(), [])
    assert isinstance(await act("hide"), Permanent)
    sent = await network.publish(stage.writer(), Publish(to, "Hm", "k"))
    own = replace(to, external_id=sent.external_id)
    assert (await act("delete", own), await act("delete", own)) == (Done(), Done())
    stage.misbehave("drop", "like")
    assert isinstance(await act("like"), Retry)
