"""One golden event of every topic, built by today's code. The committed files are never rebuilt."""

from datetime import UTC, datetime

from contracts import ids
from contracts.brands import BrandChanged, Fact, Phrases, Policy, Voice
from contracts.connections import ConnectionChanged
from contracts.deliveries import DeliveryReceived
from contracts.envelope import Event, Origin, Payload, make_event
from contracts.messages import (
    Head,
    Labels,
    Media,
    MessageClassified,
    MessageReceived,
    Reason,
)
from contracts.replies import (
    Approver,
    Draft,
    ReplyApproved,
    ReplyDrafted,
    ReplyFailed,
    ReplyPublished,
    ReplyRejected,
    Source,
)
from contracts.scope import BrandScope

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
    }


def golden(topic: str) -> Event:
    return make_event(
        topic,
        payloads()[topic],
        key=("golden",),
        partition_key=THREAD,
        origin=Origin("/golden", AT, BrandScope(AGENCY, BRAND)),
    ).model_copy(update={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})
