"""What the courier hands to a network, and how long one answer waits without holding up the others."""

from typing import Any

import pytest

from contracts.replies import Approver
from services.respond.domain.publication import State
from services.respond.networks.protocol import Backoff, Outcome, Publish, Retry, Sent
from tests.service.respond.respond_world import (
    CASA,
    Respond,
    approved,
    classified,
    labels_of,
    message_of,
)
from tests.service.respond.scripted import Scripted

POLICY = Approver(kind="policy", id="policy", name="Brand policy")


class Mentioning(Scripted):
    """Puts the reader's name before a public answer."""

    def text_for(self, _target: Any, text: str) -> str:
        return f"@ana {text}"


@pytest.fixture
async def network(respond: Respond) -> Scripted:
    one = Mentioning("facebook")
    respond.networks["facebook"] = one
    await respond.connection(CASA, "facebook", "100")
    return one


async def release(respond: Respond, *external_ids: str, **more: Any) -> None:
    title = more.pop("title", None)
    messages = [message_of(CASA, one, title=title) for one in external_ids]
    await respond.classify(*(classified(one, labels_of(), CASA) for one in messages))
    await respond.handlers.on_reply_approved(
        [approved(one, CASA, f"To {one.external_id}.", **more) for one in messages]
    )


def first_gets(outcome: Outcome) -> Any:
    def answer(publish: Publish) -> Outcome:
        return outcome if publish.target.external_id == "100_a" else Sent("ext_1")

    return answer


@pytest.mark.parametrize(
    "outcome",
    [
        Backoff("telegram.throttled", "one message a second", 20.0, is_narrow=True),
        Retry("wordpress.maintenance", "back in a while", wait_s=20.0),
    ],
)
async def test_a_wait_of_one_answer_holds_up_no_other(
    respond: Respond, network: Scripted, outcome: Outcome
) -> None:
    network.on_publish = first_gets(outcome)
    await release(respond, "100_a", "100_b")
    async with respond.publishing():
        replies = await respond.until(
            lambda all_of: State.PUBLISHED in {one.publication.state for one in all_of}
        )
    assert not respond.rests.resting()
    (waiting,) = [one for one in replies if one.publication.state is not State.PUBLISHED]
    assert waiting.publication.state is State.WAITING
    assert waiting.publication.due_at is not None
    assert waiting.publication.sent_at is not None
    waits_s = (waiting.publication.due_at - waiting.publication.sent_at).total_seconds()
    assert waits_s >= 20
    told = await respond.told("reply.failed")
    assert len(told) == (0 if isinstance(outcome, Backoff) else 1)


async def test_a_private_answer_has_no_mention_and_a_mail_its_subject(
    respond: Respond, network: Scripted
) -> None:
    await release(respond, "100_a", is_private=True, title="Your order")
    await release(respond, "100_b")
    async with respond.publishing():
        await respond.until(
            lambda all_of: {one.publication.state for one in all_of} == {State.PUBLISHED}
        )
    requests = {one.request.target.external_id: one.request for one in network.of("publish")}
    assert requests["100_a"].text == "To 100_a."
    assert requests["100_a"].target.title == "Your order"
    assert requests["100_b"].text == "@ana To 100_b."


@pytest.mark.parametrize(("text", "is_stopped"), [("Lovely!", False), ("Awful!", True)])
async def test_only_another_text_stops_an_automatic_answer(
    respond: Respond, text: str, is_stopped: bool
) -> None:
    await respond.brand(CASA, revision=2, mode="automatic")
    message, praise = message_of(CASA, "100_a", text="Lovely!"), labels_of("praise", "positive")
    await respond.classify(classified(message, praise, CASA))
    assert (await respond.only_reply()).approved_by == POLICY
    later = message.model_copy(
        update={"action": "edited", "version": "2027-01-01T00:00:00Z", "text": text}
    )
    await respond.classify(classified(later, praise, CASA))
    after = (await respond.only_reply()).publication
    assert after.state is (State.FAILED if is_stopped else State.APPROVED)
    assert after.code == ("message.edited" if is_stopped else None)
