"""The whole life of one message as steps in time: from its delivery to what its author did after the answer. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from services.gateway.domain.inbox import Document
from services.gateway.domain.replies import proposal_of
from services.gateway.domain.views import MessageView, ReceiptView

Kind = Literal[
    "delivered", "labelled", "drafted", "changed", "consented", "approved", "rejected", "published",
    "failed", "receipt", "act", "reacted",
]  # fmt: skip
_TOLD_OTHERWISE = frozenset({"reply.approved", "reply.rejected"})
_MOODS = {"negative": -1, "neutral": 0, "positive": 1}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. `facts` are names and values to be shown beside it."""

    at: datetime
    kind: Kind
    who: str
    text: str = ""
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CareView:
    """The care score of an answer that left, 0-100 each, with what cost points."""

    reply_id: str
    quick: int
    empathetic: int
    proactive: int
    transparent: int
    findings: list[str]


@dataclass(frozen=True, slots=True)
class Reaction:
    """What the author wrote after the answer. `shift` is -2..2: how much the mood rose; None: unknown."""

    message_id: str
    at: datetime
    text: str
    sentiment: str | None
    shift: int | None


@dataclass(frozen=True, slots=True)
class LifeView:
    """A message with everything that is known of it. `prompts` are what language models were asked."""

    message: MessageView
    delivery_id: str | None
    event_id: str | None
    steps: list[Step]
    care: list[CareView]
    reactions: list[Reaction]
    prompts: list[str]
    trail: list[str]


def steps_of(
    found: Document,
    trail: Sequence[Document],
    receipts: Sequence[ReceiptView],
    reactions: Sequence[Reaction],
) -> list[Step]:
    """Return what happened to a message, oldest first. `trail` are its entries of the audit trail."""
    steps = [*_arrival(found), *_trail(trail)]
    for record in (found.get("slots") or {}).values():
        steps += _answer(record)
    steps += [_act(one) for one in (found.get("acts") or {}).values()]
    steps += [_receipt(one) for one in receipts]
    steps += [Step(one.at, "reacted", "the author", one.text, _mood(one)) for one in reactions]
    return sorted(steps, key=lambda step: step.at)


def reactions_of(found: Document, later: Iterable[Document]) -> list[Reaction]:
    """Return what the author wrote in the thread after our first published answer, oldest first."""
    sent = [
        record["published"]["published_at"]
        for record in (found.get("slots") or {}).values()
        if record.get("published")
    ]
    if not sent:
        return []
    before = _sentiment(found)
    reactions = []
    for one in sorted(later, key=lambda document: document["at"]):
        after = _sentiment(one)
        if one["at"] > min(sent) and one["_id"] != found["_id"]:
            is_known = before in _MOODS and after in _MOODS
            shift = _MOODS[str(after)] - _MOODS[str(before)] if is_known else None
            text = (one.get("content") or {}).get("text") or ""
            reactions.append(Reaction(one["_id"], one["at"], text, after, shift))
    return reactions


def prompts_of(found: Document) -> list[str]:
    """Return what language models were asked for the drafts, in order."""
    drafts = [
        draft
        for record in (found.get("slots") or {}).values()
        for draft in (record.get("drafted") or {}).get("drafts") or []
    ]
    return [one["assist"]["prompt"] for one in drafts if one.get("assist")]


def sent_texts(found: Document) -> list[tuple[str, str, datetime]]:
    """Return reply id, text and time of every answer that left, oldest first."""
    sent = [
        (str(record["published"].get("reply_id", "")), record["published"])
        for record in (found.get("slots") or {}).values()
        if record.get("published")
    ]
    told = [(reply_id, one["text"], one["published_at"]) for reply_id, one in sent]
    return sorted(told, key=lambda one: one[2])


def _arrival(found: Document) -> list[Step]:
    content, source = found.get("content") or {}, found.get("source") or {}
    facts = {"written": _moment(found.get("created_at")), "network": content.get("network", "")}
    facts |= {name: source[name] for name in ("delivery_id", "event_id") if source.get(name)}
    who = content.get("author_name") or content.get("author_handle") or "somebody"
    at = source.get("at") or found["received_at"]
    steps = [Step(at, "delivered", who, content.get("text") or "", _known(facts))]
    labels = (found.get("labels") or {}).get("value")
    if labels and found.get("labelled_at"):
        steps.append(Step(found["labelled_at"], "labelled", labels["model"], "", _heads(labels)))
    return steps


def _heads(labels: Document) -> dict[str, str]:
    heads = {
        name: f"{head['label']} {head['p'].get(head['label'], 0):.0%}"
        for name, head in labels.items()
        if isinstance(head, dict) and "label" in head
    }
    heads["rules"] = ", ".join(labels.get("rules") or [])
    heads["unsure"] = ", ".join(labels.get("unsure") or [])
    heads["tier"] = labels.get("tier") or ""
    return _known(heads)


def _answer(record: Document) -> list[Step]:
    steps = []
    if drafted := record.get("drafted"):
        steps += [_draft(drafted, draft) for draft in drafted.get("drafts") or []]
        if not drafted.get("drafts"):
            why = {"why": drafted.get("abstained") or "a person must write"}
            steps.append(Step(drafted["drafted_at"], "drafted", "Rapport", "", why))
    if approved := record.get("approved"):
        facts = {"changed": "yes" if approved["text"] != proposal_of(record) else ""}
        facts["privately"] = "yes" if approved.get("is_private") else ""
        step = Step(
            approved["at"], "approved", approved["by_name"], approved["text"], _known(facts)
        )
        steps.append(step)
    if rejected := record.get("rejected"):
        facts = {"why": rejected["reason"]}
        steps.append(Step(rejected["at"], "rejected", rejected["by_name"], "", facts))
    if published := record.get("published"):
        steps.append(_published(published))
    elif failed := record.get("failed"):
        facts = {"state": failed["state"], "code": failed["code"], "tries": str(failed["attempts"])}
        steps.append(Step(failed["failed_at"], "failed", "Rapport", failed["reason"], facts))
    return steps


def _draft(drafted: Document, draft: Document) -> Step:
    sources = ", ".join(source["title"] for source in draft.get("sources") or [])
    facts = {"sources": sources, "language": draft["language"], "rules": drafted["mode"]}
    if assist := draft.get("assist"):
        facts["model"] = assist["model"]
        facts["cost"] = f"{assist['cost']:.4f} {assist['currency']}"
    return Step(drafted["drafted_at"], "drafted", "Rapport", draft["text"], _known(facts))


def _published(published: Document) -> Step:
    facts = {
        "id at the network": published["external_id"],
        "link": published.get("permalink") or "",
        "tries": str(published["attempts"]),
        "found": "yes, its receipt was lost" if published["how"] == "found" else "",
    }
    who = published["approved_by"]["name"]
    return Step(published["published_at"], "published", who, published["text"], _known(facts))


def _trail(trail: Sequence[Document]) -> list[Step]:
    steps = []
    for entry in trail:
        if entry["action"] in _TOLD_OTHERWISE:
            continue
        after = entry.get("after") or {}
        kind: Kind = "consented" if "consent" in entry["action"] else "changed"
        text = str(after.get("text") or after.get("reason") or "")
        steps.append(Step(entry["at"], kind, entry["who_name"], text, {"action": entry["action"]}))
    return steps


def _act(record: Document) -> Step:
    facts = {"act": record["act"], "state": record["state"], "why": record.get("reason") or ""}
    return Step(record["at"], "act", record["by_name"], "", _known(facts))


def _receipt(receipt: ReceiptView) -> Step:
    facts = {"state": receipt.state, "why": receipt.reason or ""}
    assert receipt.at is not None
    return Step(receipt.at, "receipt", "the network", "", _known(facts))


def _mood(reaction: Reaction) -> dict[str, str]:
    shift = "" if reaction.shift is None else f"{reaction.shift:+d}"
    return _known({"sentiment": reaction.sentiment or "", "shift": shift})


def _sentiment(found: Document) -> str | None:
    value: dict[str, Any] = (found.get("labels") or {}).get("value") or {}
    label = (value.get("sentiment") or {}).get("label")
    return str(label) if label else None


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else ""


def _known(facts: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value}
