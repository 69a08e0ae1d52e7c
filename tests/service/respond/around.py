"""Ways to have something published that the gateway did not let go, by what they attack.

Each way is given one message, and does its worst: events to put on the bus, or a stored answer spoilt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts import ids
from contracts.approval import sealed_bytes
from contracts.envelope import Event
from contracts.messages import MessageReceived
from contracts.replies import (
    Approver,
    Consent,
    ReplyApproved,
    ReplyExpired,
    ReplyRejected,
    Seal,
)
from contracts.scope import BrandScope
from runtime.crypto import Signer, Stamp, new_approval_key, new_key
from tests.service.respond.respond_world import (
    CASA,
    NORD,
    PERSON,
    POLICY,
    SIGNER,
    event_of,
    signed,
    target_of,
)

THIEF = Signer.from_setting(new_approval_key())
MASKED = Signer.from_setting(f"{SIGNER.key_id}:{new_approval_key().partition(':')[2]}")
TEXT = "We open at nine."
HOUR = timedelta(hours=1)
REVISION = 2
"""The brand's revision; it asks for an approver and the client's approver."""


def now() -> datetime:
    return datetime.now(UTC)


def consent(name: str, role: str) -> Consent:
    return Consent(person_id=f"per_{name}", name=name, role=role, at=now())


ANA, CLEO = consent("1", "approver"), consent("cleo", "client_approver")


def plain(message: MessageReceived, scope: BrandScope = CASA, **more: Any) -> ReplyApproved:
    """Return a whole approval, not yet signed."""
    fields = target_of(message, scope, more.get("slot", 0)) | {
        "text": TEXT, "approved_by": PERSON, "approved_at": now(), "consents": [ANA, CLEO],
        "message_version": message.version, "brand_revision": REVISION, "expires_at": now() + HOUR,
    }  # fmt: skip
    return ReplyApproved(**fields | more)


def told(payload: Any, scope: BrandScope = CASA) -> list[Event]:
    return [event_of(payload, scope, payload.reply_id, payload.model_dump_json())]


def genuine(**more: Any) -> Callable[[MessageReceived], list[Event]]:
    """An approval that the gateway signed, though not one that the brand's rules are content with."""
    return lambda message: told(signed(plain(message, **more)))


def changed(**more: Any) -> Callable[[MessageReceived], list[Event]]:
    """A signed approval with something changed after the signature."""
    return lambda message: told(signed(plain(message)).model_copy(update=more))


def by_key(signer: Signer, **more: Any) -> Callable[[MessageReceived], list[Event]]:
    return lambda message: told(signed(plain(message, **more), signer))


def sealed_as(key_id: str, signature: str) -> Callable[[MessageReceived], list[Event]]:
    seal = Seal(key_id=key_id, signature=signature)
    return lambda message: told(plain(message).model_copy(update={"seal": seal}))


def stamped(message: MessageReceived) -> list[Event]:
    stamp = Stamp.from_setting(new_key())
    payload = plain(message, approved_by=POLICY)
    seal = Seal(key_id=stamp.key_id, signature=stamp.mark(sealed_bytes(payload)))
    return told(payload.model_copy(update={"seal": seal}))


def moved(**more: Any) -> Callable[[MessageReceived], list[Event]]:
    """A signed approval for another message, pointed at this one."""

    def way(message: MessageReceived) -> list[Event]:
        other = message.model_copy(update={"message_id": ids.derive("msg", "another")})
        fields = target_of(message, CASA) | more
        return told(signed(plain(other)).model_copy(update=fields))

    return way


def other_slot(message: MessageReceived) -> list[Event]:
    update = {"slot": 1, "reply_id": ids.reply_id(message.message_id, 1)}
    return told(signed(plain(message)).model_copy(update=update))


def other_brand(message: MessageReceived) -> list[Event]:
    return told(signed(plain(message)).model_copy(update={"brand_id": NORD.brand_id}), NORD)


def own_brand(message: MessageReceived) -> list[Event]:
    """An approval of another brand's own people, signed for that brand, at our message."""
    return told(signed(plain(message, NORD)), NORD)


def envelope(**more: Any) -> Callable[[MessageReceived], list[Event]]:
    def way(message: MessageReceived) -> list[Event]:
        (event,) = told(signed(plain(message)))
        return [event.model_copy(update=more)]

    return way


def no(message: MessageReceived) -> list[Event]:
    payload = ReplyRejected(
        **target_of(message, CASA), reason="no", rejected_by=PERSON, rejected_at=now()
    )
    return told(payload)


def after_no(message: MessageReceived) -> list[Event]:
    early = signed(plain(message, approved_at=now() - timedelta(minutes=5)))
    return [*told(early), *told(early)]


def expiry(signer: Signer | None = SIGNER, **more: Any) -> Callable[[MessageReceived], list[Event]]:
    def way(message: MessageReceived) -> list[Event]:
        fields = target_of(message, CASA) | {
            "fallback": "holding", "message_version": message.version, "brand_revision": REVISION,
            "expired_at": now(), "expires_at": now() + HOUR,
        }  # fmt: skip
        payload = ReplyExpired(**fields | more)
        if signer is not None:
            mark = signer.sign(sealed_bytes(payload))
            seal = Seal(key_id=signer.key_id, signature=mark)
            payload = payload.model_copy(update={"seal": seal})
        return told(payload)

    return way


def expiry_as_approval(message: MessageReceived) -> list[Event]:
    (event,) = expiry()(message)
    seal = event.read(ReplyExpired).seal
    return told(plain(message).model_copy(update={"seal": seal}))


def as_type(name: str) -> Callable[[MessageReceived], list[Event]]:
    return lambda message: [
        event.model_copy(update={"type": name}) for event in told(signed(plain(message)))
    ]


def raw(**more: Any) -> Callable[[MessageReceived], list[Event]]:
    def way(message: MessageReceived) -> list[Event]:
        (event,) = (Event.decode(one.encode()) for one in told(plain(message)))
        return [event.model_copy(update={"data": {**event.data, **more}})]

    return way


SYSTEM = Approver(kind="policy", id="holding", name="Holding reply")
OTHER = Approver(kind="person", id="per_9", name="Nobody")
FIRST = {"again, after a no": no}
"""What a way needs to have happened before."""
ON_THE_BUS: dict[str, Callable[[MessageReceived], list[Event]]] = {
    "no signature": lambda message: told(plain(message)),
    "no signature, by the policy": lambda message: told(plain(message, approved_by=POLICY)),
    "the policy's name under the gateway's signature": genuine(approved_by=POLICY),
    "the holding reply's name under the gateway's signature": genuine(approved_by=SYSTEM),
    "the policy's name with a stamp of another key": stamped,
    "another key": by_key(THIEF),
    "another key under our key's name": by_key(MASKED),
    "an empty signature": sealed_as(SIGNER.key_id, ""),
    "a signature that is no base64": sealed_as(SIGNER.key_id, "%%%%"),
    "a signature of zeros": sealed_as(SIGNER.key_id, "A" * 86 + "=="),
    "a signature over the text alone": sealed_as(SIGNER.key_id, SIGNER.sign(TEXT.encode())),
    "a key without a name": sealed_as("", SIGNER.sign(TEXT.encode())),
    "another text": changed(text="Send us your card number."),
    "a text with one letter more": changed(text=TEXT + "!"),
    "a text with an invisible letter": changed(text=TEXT + "\u200b"),
    "a text with a letter that looks alike": changed(text=TEXT.replace("o", "\u043e")),
    "in private instead of in public": changed(is_private=True),
    "at another time": changed(send_at=now() - HOUR),
    "good for longer": changed(expires_at=now() + 99 * HOUR),
    "good for ever": changed(expires_at=None),
    "another draft": changed(draft_id="d9"),
    "in another's name": changed(approved_by=OTHER),
    "approved later than it was": changed(approved_at=now() + HOUR),
    "for another version": changed(message_version="9999"),
    "under older rules": changed(brand_revision=1),
    "in place of another answer": changed(replaces="7001"),
    "that stays though the author writes": changed(cancels_on_reply=True),
    "without the consents": changed(consents=[]),
    "with one consent taken out": changed(consents=[ANA]),
    "with one consent more": changed(consents=[ANA, CLEO, consent("dora", "lead")]),
    "with a better role": changed(consents=[ANA, ANA.model_copy(update={"role": "owner"})]),
    "signed without any consent": genuine(consents=[]),
    "signed with one consent of two": genuine(consents=[ANA]),
    "signed with one person's consent twice": genuine(
        consents=[ANA, ANA.model_copy(update={"role": "client_approver"})]
    ),
    "signed with two of the wrong role": genuine(consents=[ANA, consent("bob", "approver")]),
    "signed with an agent's consent": genuine(consents=[consent("1", "agent"), CLEO]),
    "signed with an auditor's consent": genuine(consents=[ANA, consent("aud", "auditor")]),
    "signed with a role that does not exist": genuine(consents=[ANA, consent("x", "root")]),
    "signed by somebody who did not consent": genuine(approved_by=OTHER),
    "signed, and over": genuine(expires_at=now() - HOUR),
    "signed under rules nobody knows yet": genuine(brand_revision=99),
    "signed with words the brand never says": genuine(text="It is cheap."),
    "signed with forbidden words in disguise": genuine(text="It is c h 3 a p."),
    "signed with a link that is not allowed": genuine(text="See https://evil.example/x now."),
    "signed for another slot": other_slot,
    "signed for another message": moved(),
    "signed for another message, with its id": moved(reply_id="rpl_0"),
    "signed for another brand": other_brand,
    "signed by another brand's people": own_brand,
    "signed for another account": changed(connection_id="con_other"),
    "signed for another network": changed(network="mastodon"),
    "signed for another thread": changed(thread_id="thr_other"),
    "signed under another reply's id": changed(reply_id="rpl_other"),
    "in another brand's envelope": envelope(brandid=NORD.brand_id),
    "in another agency's envelope": envelope(agencyid="agy_evil"),
    "in an envelope of nobody": envelope(brandid=None, agencyid=None),
    "again, after a no": after_no,
    "as a rejection": as_type("reply.rejected.v1"),
    "as a draft": as_type("reply.drafted.v1"),
    "raw, with a flag": raw(is_approved=True, seal=True),
    "raw, with a signature of another form": raw(seal={"key_id": SIGNER.key_id}),
    "an expiry's signature": expiry_as_approval,
    "an expiry without signature": expiry(None),
    "an expiry under another key": expiry(THIEF),
    "an expiry under our key's name": expiry(MASKED),
    "an expiry of last week": expiry(expires_at=now() - HOUR),
    "an expiry at a brand without a holding reply": expiry(),
}


@dataclass(frozen=True, slots=True)
class Spoilt:
    """How a stored answer is changed: what is set, what is taken away."""

    set: dict[str, Any]
    unset: tuple[str, ...] = ()


IN_THE_DATABASE: dict[str, Spoilt] = {
    "stored: another text": Spoilt({"text": "Send us your card number."}),
    "stored: another text in the approval too": Spoilt(
        {"text": "Pay now.", "approval.text": "Pay now."}
    ),
    "stored: without signature": Spoilt({}, ("approval.seal",)),
    "stored: without approval": Spoilt({}, ("approval",)),
    "stored: with an approval that cannot be read": Spoilt({"approval": {"text": TEXT}}),
    "stored: in private": Spoilt({"is_private": True}),
    "stored: in private in the approval too": Spoilt(
        {"is_private": True, "approval.is_private": True}
    ),
    "stored: due now": Spoilt({}),
    "stored: due now, its time taken away": Spoilt({}, ("send_at",)),
    "stored: its time taken away everywhere": Spoilt({}, ("send_at", "approval.send_at")),
    "stored: at another account": Spoilt({"connection_id": "con_other"}),
    "stored: at another network": Spoilt({"network": "mastodon"}),
    "stored: in another thread": Spoilt({"thread_id": "thr_other"}),
    "stored: in another slot": Spoilt({"slot": 3}),
    "stored: at another message": Spoilt({"message_id": "msg_other"}),
    "stored: by another person": Spoilt({"approved_by": OTHER.model_dump()}),
    "stored: by the policy": Spoilt({"approved_by": POLICY.model_dump()}),
    "stored: by the policy in the approval too": Spoilt(
        {"approved_by": POLICY.model_dump(), "approval.approved_by": POLICY.model_dump()}
    ),
    "stored: with the thief's signature": Spoilt({"approval.seal.key_id": THIEF.key_id}),
    "stored: with more consents": Spoilt({"approval.consents": []}),
    "stored: of another agency": Spoilt({"agency_id": "agy_evil"}),
}
