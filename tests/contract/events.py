"""One golden event of every topic, built by today's code. The committed files are never rebuilt."""

from datetime import UTC, datetime
from typing import Any

from contracts import ids
from contracts.brands import BrandChanged, Fact, Phrases, Policy, Voice
from contracts.connections import (
    ConnectionChanged,
    ConnectionHealth,
    ConnectionRefused,
    ConnectionRequested,
    GrantRefused,
    Quota,
)
from contracts.corrections import (
    LabelCorrected,
    RelabelItem,
    Relabelled,
    RelabelRequested,
    RelabelSettled,
)
from contracts.deliveries import DeliveryReceived
from contracts.envelope import Event, Origin, Payload, make_event
from contracts.knowledge import Entry, KnowledgeChanged
from contracts.messages import (
    Head,
    Labels,
    Media,
    MessageClassified,
    MessageReceived,
    Reason,
    ReceiptReceived,
)
from contracts.moderation import ModerationRequested, ModerationSettled
from contracts.promises import PromiseMade
from contracts.replies import (
    Approver,
    Draft,
    ReplyApproved,
    ReplyDrafted,
    ReplyExpired,
    ReplyFailed,
    ReplyPublished,
    ReplyRejected,
    Source,
)
from contracts.scope import BrandScope
from contracts.storms import (
    DrillRequested,
    FreezeChanged,
    FreezeRequested,
    Growth,
    SignalObserved,
    StormChanged,
    StormNumbers,
    StormSteered,
    ThreadCount,
    TopicCount,
)

AT = datetime(2026, 11, 20, 9, 30, 0, 250_000, tzinfo=UTC)
BRAND, AGENCY = "brd_1", "agy_1"
CONNECTION = ids.connection_id(BRAND, "facebook", "104210000000101")
THREAD = ids.thread_id(BRAND, "facebook", "104210000000101", "104210000000101_7001")
MESSAGE = ids.message_id(BRAND, "facebook", "104210000000101", "7001_9001")
REPLY = ids.reply_id(MESSAGE, 0)


def message() -> MessageReceived:
    return MessageReceived(
        network="facebook",
        external_id="7001_9001",
        kind="comment",
        action="created",
        author_handle=None,
        author_id="5558881234567",
        author_name="Lucía Ferrer",
        text="¿Hacéis envíos a Canarias? 🌿",
        parent_external_id="104210000000101_7001",
        thread_root_id="104210000000101_7001",
        created_at=AT,
        media=[Media(type="image", url="https://cdn.example.com/1.jpg", alt="a plant")],
        message_id=MESSAGE,
        thread_id=THREAD,
        connection_id=CONNECTION,
        version="0-01795685400250",
        received_at=AT,
    )


def head(label: str, *others: str) -> Head:
    share = 0.2 / max(len(others), 1)
    return Head(label=label, p={label: 0.8, **dict.fromkeys(others, share)})


def labels() -> Labels:
    return Labels(
        model="linear-2026.11-abcdef12",
        language=head("es", "pt"),
        sentiment=head("neutral", "negative", "positive"),
        intent=head("question", "complaint", "praise", "request", "other"),
        urgency=head("1", "0", "2", "3"),
        needs_human=head("false", "true"),
        reasons=[Reason(head="intent", text="¿Hacéis", start=0, end=7, weight=1.25)],
        rules=["question_mark"],
    )


def target() -> dict[str, object]:
    return {
        "reply_id": REPLY,
        "message_id": MESSAGE,
        "thread_id": THREAD,
        "brand_id": BRAND,
        "connection_id": CONNECTION,
        "network": "facebook",
        "slot": 0,
    }


PERSON = Approver(kind="person", id="per_1", name="Ana Ruiz")


def payloads() -> dict[str, Payload]:
    brand = BrandChanged(
        brand_id=BRAND,
        agency_id=AGENCY,
        name="Casa Verde",
        initials="CV",
        colour="#2f7d4f",
        languages=["es", "en"],
        policy=Policy(),
        voice=Voice(
            signature="El equipo de Casa Verde",
            phrases=[
                Phrases(
                    language="es",
                    greetings=["Hola {name}"],
                    closings=["Un saludo"],
                    thanks=["Gracias"],
                    apologies=["Lo sentimos"],
                    handovers=["Lo miramos"],
                    disclosure="Respuesta automática",
                )
            ],
            facts=[
                Fact(
                    fact_id="fct_1",
                    title="Envíos",
                    language="es",
                    keywords=["envío"],
                    text="Enviamos a toda España.",
                )
            ],
        ),
        revision=3,
        changed_at=AT,
    )
    return {
        "delivery.received.v1": DeliveryReceived.wrap(
            b'{"object":"page","entry":[]}',
            delivery_id="dlv_1",
            network="facebook",
            channel="webhook",
            received_at=AT,
        ),
        "message.received.v1": message(),
        "message.classified.v1": MessageClassified(message=message(), labels=labels(), priority=35),
        "reply.drafted.v1": ReplyDrafted.model_validate(
            {
                **target(),
                "message_version": "0-01795685400250",
                "mode": "suggest",
                "approval": "agent",
                "drafts": [
                    Draft(
                        draft_id="drf_1",
                        text="Hola Lucía, sí.",
                        language="es",
                        sources=[Source(kind="fact", id="fct_1", title="Envíos")],
                    )
                ],
                "drafted_at": AT,
            }
        ),
        "reply.approved.v1": ReplyApproved.model_validate(
            {**target(), "text": "Hola Lucía, sí.", "approved_by": PERSON, "approved_at": AT}
        ),
        "reply.rejected.v1": ReplyRejected.model_validate(
            {**target(), "reason": "off topic", "rejected_by": PERSON, "rejected_at": AT}
        ),
        "reply.expired.v1": ReplyExpired.model_validate(
            {**target(), "fallback": "holding", "expired_at": AT, "expires_at": AT}
        ),
        "reply.published.v1": ReplyPublished.model_validate(
            {
                **target(),
                "external_id": "7001_9002",
                "text": "Hola Lucía, sí.",
                "approved_by": PERSON,
                "published_at": AT,
                "attempts": 1,
                "how": "sent",
            }
        ),
        "reply.failed.v1": ReplyFailed.model_validate(
            {
                **target(),
                "state": "waiting",
                "code": "facebook.rate_limited",
                "reason": "too many calls",
                "attempts": 1,
                "next_try_at": AT,
                "failed_at": AT,
                "revision": 2,
            }
        ),
        "brand.changed.v1": brand,
        "connection.changed.v1": ConnectionChanged(
            connection_id=CONNECTION,
            agency_id=AGENCY,
            brand_id=BRAND,
            network="facebook",
            account_id="104210000000101",
            name="Casa Verde",
            base_url="https://graph.example.com",
            state="active",
            sealed_token="v1.k1.AAAA",
            revision=1,
            changed_at=AT,
        ),
        **of_accounts(),
        **of_storms(),
        **of_care(),
        **of_labels(),
        **of_moderation(),
    }


def of_accounts() -> dict[str, Payload]:
    """What is said of the account besides its changes."""
    account: dict[str, Any] = {"connection_id": CONNECTION, "brand_id": BRAND}
    return {
        "connection.requested.v1": ConnectionRequested(
            request_id="req_1",
            agency_id=AGENCY,
            brand_id=BRAND,
            wish="connect",
            network="facebook",
            base_url="https://graph.example.com",
            options={"page": "104210000000101"},
            sealed_secrets="v1.k1.BBBB",
            requested_by=PERSON,
            requested_at=AT,
        ),
        "connection.refused.v1": ConnectionRefused(
            request_id="req_1",
            brand_id=BRAND,
            wish="connect",
            network="facebook",
            code="facebook.grant_refused",
            reason="the page did not accept the token",
            refused_at=AT,
        ),
        "connection.health.v1": ConnectionHealth(
            **account,
            network="facebook",
            is_reading=True,
            last_item_at=AT,
            last_read_at=AT,
            lag_s=1.5,
            quota=Quota(remaining=180, limit=200, resets_at=AT),
            gaps_found=1,
            gaps_filled=1,
            gap_items=12,
            measured_at=AT,
        ),
        "grant.refused.v1": GrantRefused(
            **account,
            revision=3,
            code="facebook.grant_invalid",
            reason="the session has expired",
            refused_at=AT,
        ),
        "receipt.received.v1": ReceiptReceived(
            **account,
            network="facebook",
            state="failed",
            external_id="7001_9002",
            at=AT,
            code="131047",
            reason="more than 24 hours have passed",
            receipt_id=ids.receipt_id(CONNECTION, "7001_9002", "failed"),
            received_at=AT,
        ),
    }


def of_moderation() -> dict[str, Payload]:
    wish: dict[str, Any] = {
        "moderation_id": ids.moderation_id(MESSAGE, "hide", "req_2"),
        "brand_id": BRAND,
        "connection_id": CONNECTION,
        "network": "facebook",
        "message_id": MESSAGE,
        "thread_id": THREAD,
        "act": "hide",
    }
    return {
        "moderation.requested.v1": ModerationRequested(
            **wish,
            external_id="7001_9001",
            kind="comment",
            author_id="5558881234567",
            reason="an advertisement",
            requested_by=PERSON,
            requested_at=AT,
        ),
        "moderation.settled.v1": ModerationSettled(**wish, state="done", attempts=1, settled_at=AT),
    }


def of_storms() -> dict[str, Payload]:
    numbers = StormNumbers(
        score=7.4, attention=2.1, window_min=40, messages=64, hostile=46, hostile_authors=41,
        expected_messages=18.0, expected_hostile=3.1, purity=0.72, usual_share=0.18,
        toxic_share=0.31, people_per_message=0.89, parts={"hostile": 5.0, "toxic": 2.4},
    )  # fmt: skip
    topic = TopicCount(topic_hash="9f31", name="refund", messages=30, hostile=28)
    return {
        "signal.observed.v1": SignalObserved(
            brand_id=BRAND, bucket_at=AT, shard=3, revision=1204, messages=5, negative=3,
            hostile=3, authors=4, hostile_authors=3, author_hashes=[1, 2, 3, 4],
            hostile_hashes=[1, 2, 3], topics=[topic], networks={"facebook": 5}, observed_at=AT,
        ),
        "storm.changed.v1": StormChanged(
            brand_id=BRAND, incident_id=ids.incident_id(BRAND, "2026-11-20T09:30:00Z"),
            level="storm", severity=2, before="watch", numbers=numbers,
            growth=Growth(doubling_min=22.0, doubling_low_min=17.0, doubling_high_min=31.0),
            sentence="Since 09:05: 46 hostile messages by 41 people in 40 min, 3.1 expected.",
            topics=[topic],
            threads=[ThreadCount(thread_id=THREAD, message_id=MESSAGE, messages=40, hostile=38)],
            examples=[MESSAGE], opened_at=AT, changed_at=AT, decided_at=AT, revision=9,
        ),
        "storm.steered.v1": StormSteered(
            steer_id="str_1", brand_id=BRAND, steer="snooze", until=AT, by=PERSON, at=AT
        ),
        "drill.requested.v1": DrillRequested(
            request_id="req_4", brand_id=BRAND, kind="flash", speed=20, seed=7,
            messages_an_hour=14.5, requested_by=PERSON, requested_at=AT,
        ),
        "freeze.requested.v1": FreezeRequested(
            request_id="req_3", brand_id=BRAND, is_frozen=True, reason="a storm",
            requested_by=PERSON, requested_at=AT,
        ),
        "freeze.changed.v1": FreezeChanged(
            brand_id=BRAND, is_frozen=True, reason="a storm", changed_by=PERSON, held=[REPLY],
            revision=2, changed_at=AT,
        ),
    }  # fmt: skip


def of_care() -> dict[str, Payload]:
    said = "We will send you the new zip by Friday."
    entry = Entry(
        entry_id=ids.entry_id(BRAND, "req_5"), kind="answer", title="Repairs", language="en",
        text="We repair zips for free for two years.", keywords=["zip", "repair"], group="repairs",
    )  # fmt: skip
    return {
        "knowledge.changed.v1": KnowledgeChanged(
            brand_id=BRAND, entry_id=entry.entry_id, entry=entry, revision=3, changed_at=AT
        ),
        "promise.made.v1": PromiseMade(
            **target(), promise_id=ids.promise_id(REPLY, 0), text=said, due_text="by Friday",
            due_at=AT, language="en", said_by=PERSON, made_at=AT,
        ),
    }  # fmt: skip


def of_labels() -> dict[str, Payload]:
    job = {"job_id": ids.relabel_id(BRAND, "req_6"), "brand_id": BRAND, "model": "accurate"}
    return {
        "label.corrected.v1": LabelCorrected(
            brand_id=BRAND, message_id=MESSAGE, thread_id=THREAD, head="sentiment",
            label="positive", was="negative", p={"negative": 0.6, "neutral": 0.1, "positive": 0.3},
            model="linear-2026.11", text="sick drop", language="en", is_sample=True,
            corrected_by=PERSON, corrected_at=AT,
        ),
        "relabel.requested.v1": RelabelRequested(
            **job, part=0, is_last=True,
            items=[RelabelItem(message_id=MESSAGE, text="sick drop", languages=["en"])],
        ),
        "relabel.settled.v1": RelabelSettled(
            **job, part=0, is_last=True, settled_at=AT,
            items=[Relabelled(message_id=MESSAGE, labels=labels())],
        ),
    }  # fmt: skip


def golden(topic: str) -> Event:
    return make_event(
        topic,
        payloads()[topic],
        key=("golden",),
        partition_key=THREAD,
        origin=Origin("/golden", AT, BrandScope(AGENCY, BRAND)),
    ).model_copy(update={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})
