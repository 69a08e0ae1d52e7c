"""Invented knowledge, lives, corrections, models and approvals by link for the preview: the ports of the neighbour pages."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.knowledge import Entry, EntryKind
from contracts.messages import Head
from contracts.scope import AgencyScope
from services.gateway.domain.asking import AskCard
from services.gateway.domain.knowledge import EntryView, SavedView
from services.gateway.domain.life import CareView, LifeView, Step
from services.gateway.domain.relabelling import Flip, HeadDiff, JobView, Week
from services.gateway.domain.views import MessageView, Viewer

ENTRIES: tuple[tuple[str, EntryKind, str, str, str, int, int | None, str], ...] = (
    ("ent_1", "saved", "Sorry for the wait", "es",
     "Hola {name}, sentimos la espera de hoy. Dinos la hora y la mesa y hoy mismo lo hablamos con la sala. Te escribo antes de las 20 h. {agent}, {brand}", 41, 82, ""),
    ("ent_2", "saved", "Which order is it", "en",
     "Hi {name}, thank you for writing. Could you tell us your order number {order}? We look it up and come back to you today. {agent}", 17, 74, ""),
    ("ent_3", "saved", "Thanks, short", "en", "Thank you for your feedback.", 6, 31, "Its answers read poorly: 31 of 100 on average."),
    ("ent_4", "fact", "Opening hours in summer", "es", "Abrimos de martes a domingo, de 12 a 23 h. Los lunes cerramos, salvo festivos.", 0, None, ""),
    ("ent_5", "fact", "Gluten-free menu", "es", "Tenemos carta sin gluten certificada; avísanos al reservar.", 0, None, ""),
    ("ent_6", "policy", "Refunds", "en", "A deposit is paid back in full up to 24 hours before the table was booked.", 0, None, ""),
)  # fmt: skip


class KnowledgeDesk:
    """The port about knowledge, in memory. Saved replies are filled in for the author."""

    def __init__(self, desk: Any) -> None:
        self._desk = desk

    async def every(self, _scope: AgencyScope, _brand_id: str, _after: str = "") -> list[EntryView]:
        now = datetime.now(UTC)
        return [
            EntryView(
                Entry(entry_id=key, kind=kind, title=title, language=language, text=text),
                1, now - timedelta(days=40), "Ana Ruiz", uses, now - timedelta(days=3) if uses else None, care, stale,
            )
            for key, kind, title, language, text, uses, care, stale in ENTRIES
        ]  # fmt: skip

    async def saved(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, query: str
    ) -> list[SavedView]:
        message: MessageView = await self._desk.message(scope, viewer, message_id)
        language = message.labels.language.label if message.labels else "en"
        name = (message.author_name or "").split(" ")[0]
        found = []
        for one in await self.every(scope, message.brand.brand_id):
            entry = one.entry
            if entry.kind != "saved" or query.lower() not in f"{entry.title} {entry.text}".lower():
                continue
            values = {"name": name, "brand": message.brand.name, "agent": viewer.name}
            text = entry.text
            for key, value in values.items():
                text = text.replace("{" + key + "}", value)
            missing = ["order"] if "{order}" in text else []
            found.append(SavedView(entry, text, missing, entry.language != language))
        return sorted(found, key=lambda one: one.is_other_language)

    async def note_use(self, *_: Any) -> None:
        return None


class LifeDesk:
    """The port about lives: a complaint that was answered by two people and read."""

    def __init__(self, desk: Any) -> None:
        self._desk = desk

    async def life(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> LifeView:
        message: MessageView = await self._desk.message(scope, viewer, message_id)
        start = message.created_at
        answer = message.reply.draft or "Hola, sentimos mucho la espera. Te respondemos hoy."

        def step(minutes: float, kind: Any, who: str, text: str = "", **facts: str) -> Step:
            return Step(start + timedelta(minutes=minutes), kind, who, text, facts)

        steps = [
            step(0, "delivered", "the network", message.text or "", delivery="dlv_48c1", way="webhook"),
            step(0.02, "labelled", "Rapport", model="linear-2026.11-a41c", intent="complaint 83 %", sentiment="negative 91 %", urgency="now 74 %"),
            step(0.03, "drafted", "Rapport", answer, sources="Waiting times and reservations", asked="approver"),
            step(1.1, "changed", "Ana Ruiz", answer + " Ana", action="reply.proposed"),
            step(1.6, "consented", "Ana Ruiz", role="lead"),
            step(2.2, "approved", "Clara Verde", answer + " Ana", role="client approver"),
            step(2.3, "published", "Rapport", permalink="https://facebook.example/comment/1", attempts="1"),
            step(9, "receipt", "the network", state="read"),
            step(26, "reacted", "the author", "Gracias por contestar tan rápido.", mood="negative to positive"),
        ]  # fmt: skip
        care = CareView(
            "rpl_1", 96, 71, 64, 58, ["“mucho”: says how much, not what happens next (3 points)"]
        )
        prompts = [
            "You answer as Casa Verde. Use only these facts: ...\n\nMessage: Llevo 50 minutos"
        ]
        return LifeView(message, "dlv_48c1", "evt_9a", steps, [care], [], prompts, ["9f2c41d0b7" * 6, "01aa93c2ee" * 6])  # fmt: skip


class CorrectionDesk:
    """The port about labels. A correction is kept and shown."""

    def __init__(self, desk: Any) -> None:
        self._desk = desk

    async def correct(
        self, _scope: AgencyScope, viewer: Viewer, message_id: str, head: str, label: str
    ) -> None:
        message: MessageView = self._desk.messages_by_id[message_id]
        assert message.labels is not None
        old: Head = getattr(message.labels, head)
        labels = message.labels.model_copy(update={head: old.model_copy(update={"label": label})})
        noted = {**message.corrected, head: viewer.name}
        self._desk.messages_by_id[message_id] = replace(message, labels=labels, corrected=noted)

    async def sample(self, _scope: AgencyScope, brand_id: str) -> list[Mapping[str, Any]]:
        here = [one for one in self._desk.messages_by_id.values() if one.brand.brand_id == brand_id]
        return [
            {"_id": one.message_id, "content": {"text": one.text, "network": one.network},
             "labels": {"value": one.labels.model_dump(mode="json")},
             "corrected": {"intent": {"label": "question"}} if at == 1 else {}}
            for at, one in enumerate(here[:4])
        ]  # fmt: skip

    async def weeks(self, _scope: AgencyScope, _brand_id: str) -> list[Week]:
        shares = {"negative": 0.31, "neutral": 0.42, "positive": 0.27}
        return [
            Week("2026-W47", 1284, shares, 14, 0.71), Week("2026-W46", 1421, shares, 41, 0.93),
            Week("2026-W45", 1190, shares, 38, 0.92), Week("2026-W44", 980, shares, 6, None),
        ]  # fmt: skip


class RelabelDesk:
    """The port about other models: one that was read, one on trial."""

    async def every(self, _scope: AgencyScope, brand_id: str) -> list[JobView]:
        now = datetime.now(UTC)
        heads = [
            HeadDiff("sentiment", {"negative": 412, "neutral": 530, "positive": 301}, {"negative": 398, "neutral": 560, "positive": 285}, 61, 24, 15, 21),
            HeadDiff("intent", {"complaint": 370, "question": 520, "praise": 353}, {"complaint": 360, "question": 541, "praise": 342}, 48),
        ]  # fmt: skip
        flips = [
            Flip("msg_1", "sentiment", "neutral", "negative", "Is it normal that the motor hums like this?"),
            Flip("msg_4", "intent", "question", "complaint", "When will somebody finally answer me?"),
        ]  # fmt: skip
        read = JobView(
            "job_1",
            brand_id,
            "accurate",
            "read",
            now - timedelta(days=30),
            now,
            1243,
            1243,
            "Ana Ruiz",
            now,
            None,
            "",
            heads,
            flips,
        )
        trial = JobView(
            "job_2",
            brand_id,
            "fast@base",
            "shadow",
            now,
            now + timedelta(days=7),
            0,
            211,
            "Ana Ruiz",
            now,
            None,
            "",
            heads[:1],
            [],
        )
        return [read, trial]  # fmt: skip


class AskDesk:
    """The port behind links in mails: `waits` can be answered, everything else is over."""

    async def shown(self, token: str) -> AskCard:
        if token != "waits":
            return AskCard(problem="This link was used or is over. Nothing was sent by it.")
        return AskCard(
            "Casa Verde", "Facebook", "Clara Verde", "Marta Iglesias",
            "Llevo 50 minutos esperando en la terraza y nadie nos ha traído ni el agua. ¿Hay alguien trabajando hoy?",
            "Hola Marta, sentimos mucho la espera de hoy. ¿Nos escribes por privado con la hora y la mesa? Te respondemos hoy. Un saludo, Casa Verde",
            "Ben Okafor", ("a lead", "the client's approver"), ("Ana Ruiz",), "msg_0",
            datetime.now(UTC) + timedelta(hours=70),
        )  # fmt: skip

    async def approve_by(self, token: str, text: str | None = None) -> AskCard:
        done = (
            "It goes out as Casa Verde now." if text is None else "Your text waits for the others."
        )
        return replace(await self.shown(token), done=done)

    async def reject_by(self, token: str, reason: str) -> AskCard:
        return replace(
            await self.shown(token), done=f"It is not sent. Ben Okafor reads why: {reason}"
        )
