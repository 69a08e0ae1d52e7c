"""What storm and freeze events say to a board, an incident and its log; and reading them back. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts import ids
from contracts.scope import BrandScope
from contracts.storms import FreezeChanged, Growth, StormChanged, StormNumbers
from services.gateway.domain.inbox import Document, whole_ms
from services.gateway.domain.incident_views import (
    AskedView,
    BoardView,
    CurvePoint,
    FreezeView,
    IncidentLine,
    IncidentView,
    LogLine,
    Peak,
    StatementView,
    VerdictView,
)
from services.gateway.domain.playbooks import reached_by, steps_of

_LEVEL_WORDS = {"calm": "calm", "watch": "watch", "storm": "storm", "subsiding": "subsiding"}
_SHOWN = ("ends_when", "uncertain", "examples", "emotions", "networks", "is_manual", "is_expected")


def incident_document(
    scope: BrandScope, changed: StormChanged, incident_id: str, steps: list[Document]
) -> Document:
    """Return a new incident, before anything was decided in it."""
    opened_at = whole_ms(changed.opened_at or changed.changed_at)
    return {
        "_id": incident_id, "brand_id": scope.brand_id, "agency_id": scope.agency_id,
        "is_drill": changed.is_drill, "opened_at": opened_at, "onset_at": changed.onset_at,
        "closed_at": None, "revision": -1, "top_severity": 0, "steps": steps, "done": {},
        "statements": [], "reached": {}, "peak": {"hostile": 0, "at": opened_at},
        "now": changed.model_dump(),
    }  # fmt: skip


def incident_update(found: Document, changed: StormChanged) -> Document:
    """Return the update that a newer decision makes of an incident."""
    at = whole_ms(changed.changed_at)
    told: Document = {"revision": changed.revision, "now": changed.model_dump()}
    if changed.onset_at is not None:
        told["onset_at"] = whole_ms(changed.onset_at)
    if changed.level == "calm":
        # The last numbers of the storm say more than those of the calm after it.
        told["now"] = {**found["now"], "level": "calm", "severity": 0, "changed_at": at}
        told["closed_at"] = at
    elif changed.numbers.hostile > found["peak"]["hostile"]:
        told["peak"] = {"hostile": changed.numbers.hostile, "at": at}
    update: Document = {"$set": told, "$max": {"top_severity": changed.severity}}
    reached = {f"reached.{level}": at for level in reached_by(changed)}
    return {**update, "$min": reached} if reached else update


def curve_document(scope: BrandScope, changed: StormChanged, incident_id: str) -> Document:
    """Return the minute of the curve that a decision falls into."""
    minute = whole_ms(changed.changed_at).replace(second=0, microsecond=0)
    numbers = changed.numbers
    return {
        "_id": f"{incident_id}:{minute:%Y%m%d%H%M}", "brand_id": scope.brand_id,
        "incident_id": incident_id, "at": minute, "revision": changed.revision,
        "level": changed.level, "severity": changed.severity, "score": numbers.score,
        "messages": numbers.messages, "hostile": numbers.hostile,
        "hostile_authors": numbers.hostile_authors, "expected_hostile": numbers.expected_hostile,
        "expected_messages": numbers.expected_messages, "window_min": numbers.window_min,
        "topic_hashes": [topic.topic_hash for topic in changed.topics],
    }  # fmt: skip


def transition_line(scope: BrandScope, changed: StormChanged, incident_id: str) -> Document:
    """Return the log line of a transition, with the sentence that carries its numbers."""
    words = _LEVEL_WORDS[changed.level] + (f", S{changed.severity}" if changed.severity else "")
    is_same = changed.before == changed.level
    text = (
        f"Still {words}" if is_same else f"{_LEVEL_WORDS[changed.before].capitalize()} to {words}"
    )
    told = {
        "level": changed.level,
        "severity": changed.severity,
        "text": f"{text}. {changed.sentence}",
    }
    key = ("transition", str(changed.revision))
    return log_document(scope, incident_id, "transition", key, {**told, "at": changed.changed_at})


def freeze_line(scope: BrandScope, changed: FreezeChanged, incident_id: str) -> Document:
    """Return the log line of a freeze, or of its end."""
    kind = "freeze" if changed.is_frozen else "resume"
    words = (
        "Nothing goes out by itself any more" if changed.is_frozen else "What is due goes out again"
    )
    held = len(changed.held)
    waiting = f" {held} {'answer waits' if held == 1 else 'answers wait'}." if held else ""
    reason = f": {changed.reason}" if changed.reason else ""
    by = changed.changed_by
    is_person = by.kind == "person"
    told = {
        "text": f"{words}{reason}.{waiting}", "at": changed.changed_at,
        "who_id": by.id if is_person else "", "who_name": by.name if is_person else "",
    }  # fmt: skip
    return log_document(scope, incident_id, kind, (kind, str(changed.revision)), told)


def log_document(
    scope: BrandScope, incident_id: str, kind: str, key: tuple[str, ...], told: Mapping[str, Any]
) -> Document:
    """Return a log line. The key makes a repeat the same line. `told`: text, at and who, at least text."""
    return {
        "_id": ids.derive("log", scope.brand_id, incident_id, *key), "brand_id": scope.brand_id,
        "agency_id": scope.agency_id, "incident_id": incident_id, "kind": kind, **told,
    }  # fmt: skip


def board_view(found: Document) -> BoardView:
    """Return a stored board."""
    storm, freeze = found.get("storm") or {}, found.get("freeze")
    steered = found.get("steered") or {}
    told: dict[str, Any] = {
        name: storm[name]
        for name in ("level", "severity", "sentence", "changed_at", "is_expected", "is_manual")
        if name in storm
    }
    expect = steered.get("expect") or {}
    return BoardView(
        brand_id=found["brand_id"],
        **told,
        incident_id=found.get("incident_id"),
        since=storm.get("opened_at"),
        snoozed_until=storm.get("snoozed_until"),
        expected_until=expect.get("until"),
        expected_name=expect.get("note", ""),
        uncertain=list(storm.get("uncertain") or []),
        freeze=freeze_view(freeze) if freeze else None,
        asked_storm=_asked(found.get("asked_storm")),
        asked_freeze=_asked(found.get("asked_freeze")),
        asked_drill=_asked(found.get("asked_drill")),
        drill_id=found.get("drill_id"),
    )


def freeze_view(freeze: Document) -> FreezeView:
    """Return a stored freeze."""
    by = freeze["changed_by"]
    return FreezeView(
        is_frozen=freeze["is_frozen"],
        reason=freeze["reason"],
        by_name=by["name"],
        changed_at=freeze["changed_at"],
        held=list(freeze["held"]),
        incident_id=freeze.get("incident_id"),
    )


def incident_line(found: Document) -> IncidentLine:
    """Return a stored incident for a list."""
    now, verdict = found["now"], found.get("verdict")
    return IncidentLine(
        incident_id=found["_id"],
        brand_id=found["brand_id"],
        level=now["level"],
        severity=now["severity"],
        top_severity=found["top_severity"],
        sentence=now["sentence"],
        opened_at=found["opened_at"],
        closed_at=found["closed_at"],
        is_drill=found["is_drill"],
        peak=Peak(**found["peak"]),
        verdict=VerdictView(**verdict) if verdict else None,
    )


def incident_view(found: Document, now: datetime, answers: list[datetime]) -> IncidentView:
    """Return a stored incident whole; `answers` are the times of those given while it lasted."""
    current = StormChanged.read(found["now"])
    told: dict[str, Any] = {name: getattr(current, name) for name in _SHOWN}
    return IncidentView(
        line=incident_line(found),
        agency_id=found["agency_id"],
        onset_at=found.get("onset_at"),
        changed_at=found["now"]["changed_at"],
        numbers=StormNumbers.read(found["now"]["numbers"]),
        growth=Growth.read(found["now"]["growth"]),
        topics=current.topics,
        threads=current.threads,
        **told,
        reached=dict(found["reached"]),
        steps=steps_of(found["steps"], found["reached"], found["done"], found["closed_at"] or now),
        statements=[StatementView(**one) for one in found["statements"]],
        answers=len(answers),
        first_answer_at=min(answers, default=None),
    )


def curve_point(found: Document) -> CurvePoint:
    """Return a stored minute."""
    return CurvePoint(**{n: found[n] for n in CurvePoint.__dataclass_fields__ if n in found})


def log_line(found: Document) -> LogLine:
    """Return a stored log line."""
    told = {n: found[n] for n in LogLine.__dataclass_fields__ if n in found}
    return LogLine(**{**told, "entry_id": found["_id"]})


def _asked(found: Document | None) -> AskedView | None:
    return AskedView(found["what"], found["by_name"], found["at"]) if found else None
