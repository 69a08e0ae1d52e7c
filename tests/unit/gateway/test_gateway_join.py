"""The join of facts: any order, any repeats, any grouping of events come to the same document."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.envelope import Origin, make_event
from contracts.messages import Head, Labels, MessageClassified, MessageReceived
from contracts.replies import Approver, Draft, ReplyDrafted, ReplyFailed, ReplyPublished
from contracts.scope import BrandScope
from services.gateway.domain import inbox
from services.gateway.domain.inbox import Facts

SCOPE = BrandScope("agy_1", "brd_1")
START = datetime(2026, 11, 1, tzinfo=UTC)
TARGET = {
    "message_id": "msg_1", "thread_id": "thr_1", "brand_id": "brd_1", "connection_id": "con_1",
    "network": "facebook",
}  # fmt: skip
seconds = st.integers(0, 5).map(lambda n: START + timedelta(seconds=n))
ACTIONS = st.sampled_from(["created", "edited", "deleted", "hidden", "unhidden"])


@st.composite
def received(draw: st.DrawFn) -> MessageReceived:
    return MessageReceived(
        network="facebook", external_id="c1", kind=draw(st.sampled_from(["comment", "post"])),
        action=draw(ACTIONS), text=draw(st.sampled_from(["a", "$b", " ", None])),
        created_at=draw(st.none() | seconds), is_own=draw(st.booleans()), message_id="msg_1",
        thread_id="thr_1", connection_id="con_1", version=draw(st.sampled_from(["1", "2", "3"])),
        received_at=draw(seconds), is_late=draw(st.booleans()),
    )  # fmt: skip


@st.composite
def classified(draw: st.DrawFn) -> MessageClassified:
    message, model = draw(received()), draw(st.sampled_from(["m1", "m2"]))
    if draw(st.booleans()):
        return MessageClassified(message=message)
    label = Head(label=f"{model}{message.version}", p={"x": 1.0})
    labels = Labels(
        model=model, language=label, sentiment=label, intent=label, urgency=label, needs_human=label
    )
    return MessageClassified(message=message, labels=labels, priority=int(message.version))


@st.composite
def replies(draw: st.DrawFn) -> ReplyDrafted | ReplyFailed | ReplyPublished:
    slot, at = draw(st.integers(0, 2)), draw(seconds)
    target: dict[str, Any] = {**TARGET, "slot": slot, "reply_id": f"rpl_{slot}"}
    kind = draw(st.sampled_from(["drafted", "failed", "published"]))
    if kind == "drafted":
        text = f"{slot}{at}"
        drafts = [Draft(draft_id="d", text=text, language="en")]
        return ReplyDrafted(
            **target, message_version="1", mode="suggest", approval="agent", drafts=drafts,
            drafted_at=at,
        )  # fmt: skip
    if kind == "failed":
        revision = draw(st.integers(1, 12))
        return ReplyFailed(
            **target, state="waiting", code="x", reason="y", attempts=revision, failed_at=START,
            revision=revision,
        )  # fmt: skip
    by = Approver(kind="policy", id="p", name="rules")
    return ReplyPublished(
        **target, external_id=f"r{slot}", text="t", approved_by=by, published_at=at, attempts=1,
        how="sent",
    )  # fmt: skip


def facts_of(event: MessageReceived | MessageClassified | Any) -> Facts:
    if isinstance(event, MessageReceived):
        return inbox.of_received(SCOPE, event)
    if isinstance(event, MessageClassified):
        return inbox.of_classified(SCOPE, event)
    return inbox.of_reply(SCOPE, event)


def outcome(facts: list[Facts]) -> dict[str, Any]:
    (joined,) = inbox.join_all(facts)
    return inbox.document(joined)


events = st.lists(received() | classified() | replies(), min_size=1, max_size=9)


@given(events, st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_order_and_repeats_do_not_matter(told: list[Any], chance: Any) -> None:
    facts = [facts_of(event) for event in told]
    again = facts + chance.choices(facts, k=4)
    chance.shuffle(again)
    assert outcome(again) == outcome(facts)


@given(st.lists(received() | classified() | replies(), min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_every_permutation_comes_to_the_same(told: list[Any]) -> None:
    facts = [facts_of(event) for event in told]
    first = outcome(facts)
    assert all(outcome(list(order)) == first for order in permutations(facts))


@given(events, st.integers(0, 9))
@settings(max_examples=200, deadline=None)
def test_how_events_fall_into_batches_does_not_matter(told: list[Any], cut: int) -> None:
    facts = [facts_of(event) for event in told]
    batches = [inbox.join_all(part) for part in (facts[:cut], facts[cut:])]
    assert outcome([one for batch in batches for one in batch]) == outcome(facts)


def test_deleted_stays_deleted_and_keeps_its_text() -> None:
    told = {
        "network": "facebook", "external_id": "c1", "kind": "comment", "message_id": "msg_1",
        "thread_id": "thr_1", "connection_id": "con_1", "received_at": START,
    }  # fmt: skip
    made = MessageReceived(**told, action="created", text="hi", version="1")
    gone = MessageReceived(**told, action="deleted", version="9")
    late = MessageReceived(**told, action="edited", text="hi!", version="10")
    found = outcome([facts_of(event) for event in (gone, late, made)])
    assert (found["is_deleted"], found["state"], found["content"]["text"]) == (True, "done", "hi!")
    assert outcome([facts_of(gone)])["state"] == "done"


def test_of_several_deliveries_the_first_to_arrive_is_the_source() -> None:
    about = MessageReceived(
        network="facebook", external_id="c1", kind="comment", action="created", text="t",
        message_id="msg_1", thread_id="thr_1", connection_id="con_1", version="1",
        received_at=START,
    )  # fmt: skip
    told = []
    for n in (5, 0, 9):
        origin = Origin("/ingest", START + timedelta(seconds=n), SCOPE)
        event = make_event("message.received.v1", about, key=(str(n),), partition_key="thr_1", origin=origin)  # fmt: skip
        told.append(inbox.with_source(inbox.of_received(SCOPE, about), event))
    for order in permutations(told):
        assert outcome(list(order))["source"]["at"] == START
