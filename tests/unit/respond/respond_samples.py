"""Makers of brands, messages and labels for respond's unit tests."""

from datetime import UTC, datetime
from typing import Any

from contracts.brands import BrandChanged, Fact, Phrases, Policy
from contracts.brands import Voice as BrandVoice
from contracts.messages import Head, Labels, MessageReceived
from services.respond.drafting.phrasebook import load_phrasebook
from services.respond.drafting.voice import Voice, make_voice

AT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
BOOK = load_phrasebook()
FACTS = [
    Fact(
        fact_id="hours_en", title="Opening hours", language="en",
        keywords=["open", "opening", "hours", "closed"], text="We are open Monday to Saturday, 9 to 18.",
    ),
    Fact(
        fact_id="returns_en", title="Returns", language="en",
        keywords=["return", "send back", "exchange"], text="You can return anything within 30 days.",
    ),
    Fact(
        fact_id="hours_de", title="Öffnungszeiten", language="de",
        keywords=["geöffnet", "offen", "Öffnungszeiten"],
        text="Wir haben Montag bis Samstag von 9 bis 18 Uhr geöffnet.",
    ),
    Fact(
        fact_id="hours_es", title="Horario", language="es", keywords=["horario", "abren", "abierto"],
        text="Abrimos de lunes a sábado, de 9 a 18.",
    ),
]  # fmt: skip


def voice(
    facts: list[Fact] | None = None, phrases: list[Phrases] | None = None, **more: Any
) -> Voice:
    fields: dict[str, Any] = {
        "brand_id": "brd_1", "agency_id": "agy_1", "name": "Casa", "initials": "CA",
        "colour": "#112233", "languages": ["en", "de"], "policy": Policy(), "revision": 1,
        "voice": BrandVoice(
            signature=more.pop("signature", "Casa"), facts=FACTS if facts is None else facts,
            phrases=phrases or [],
        ),
        "changed_at": AT,
    }  # fmt: skip
    return make_voice(BrandChanged(**fields | more), BOOK)


def head(label: str, p: float = 0.95) -> Head:
    return Head(label=label, p={label: p, "rest": 1 - p})


def labels(
    intent: str = "question", sentiment: str = "neutral", language: str = "en", **more: Any
) -> Labels:
    return Labels(
        model="m1", language=head(language, more.get("language_p", 0.95)),
        sentiment=head(sentiment, more.get("sentiment_p", 0.95)),
        intent=head(intent, more.get("intent_p", 0.95)), urgency=head(more.get("urgency", "0")),
        needs_human=head(more.get("needs_human", "false")),
    )  # fmt: skip


def message(text: str = "When are you open?", **more: Any) -> MessageReceived:
    fields: dict[str, Any] = {
        "network": "facebook", "external_id": "1", "kind": "comment", "action": "created",
        "author_id": "55", "author_name": "Lucía Ferrer", "text": text, "message_id": "msg_1",
        "thread_id": "thr_1", "connection_id": "con_1", "version": "1", "created_at": AT,
        "received_at": AT,
    }  # fmt: skip
    return MessageReceived(**fields | more)
