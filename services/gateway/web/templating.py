"""The template engine: filters and constants the pages share. What a page shows comes from routes."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.gateway.domain.views import MessageView
from services.gateway.web import (
    accounts,
    addresses,
    consents,
    lengths,
    moderation,
    outcomes,
    presentation,
    report_tables,
    rooms,
    storms,
    wording,
)
from services.gateway.web.assets import Assets

ROOT = Path(__file__).parent / "templates"
RAIL = (
    ("inbox", "/inbox", "inbox", "Inbox"),
    ("storms", "/storms", "cloud-lightning", "Storms"),
    ("promises", "/promises", "clock", "Promises"),
    ("brands", "/brands", "store", "Brands"),
    ("accounts", "/accounts", "plug", "Accounts"),
    ("settings", "/settings", "settings", "Settings"),
)
WORDS: Mapping[str, wording.Words] = {
    "act": moderation.ACTS, "action": wording.ACTIONS, "audience": wording.AUDIENCES,
    "connection": wording.CONNECTION_STATES, "head": wording.HEADS, "intent": wording.INTENTS,
    "kind": wording.KINDS, "language": wording.LANGUAGES, "mode": wording.MODES,
    "mode_meaning": wording.MODE_MEANINGS, "needs_human": wording.NEEDS_HUMAN,
    "network": wording.NETWORKS, "reply": wording.REPLY_CHIPS, "role": wording.ROLES,
    "sentiment": wording.SENTIMENTS, "urgency": wording.URGENCIES, "wish": accounts.WISHES, "receipt": wording.RECEIPTS,
    "arrival": accounts.ARRIVALS, "storm_level": storms.LEVELS, "step_level": storms.STEP_LEVELS,
    "step_role": storms.STEP_ROLES, "way": storms.WAYS, "step_act": storms.ACTS, "log": storms.LOG_KINDS,
    "change": rooms.CHANGES, "entry_kind": wording.ENTRY_KINDS, "entry_group": wording.ENTRY_GROUPS, "entry_add": wording.ENTRY_ADDS, "emotion": wording.EMOTIONS, "offensive": wording.OFFENCES, "irony": wording.IRONIES, "spam": wording.SPAMS, "job": wording.JOB_STATES, "life": wording.LIFE, "promise": wording.PROMISES, "promise_act": wording.PROMISE_ACTS, "moment": report_tables.MOMENTS, "page": storms.PAGE_STATES, "delivery": storms.DELIVERY_STATES,
}  # fmt: skip


class Templates:
    """Renders templates by name. Everything is escaped unless it is `Markup`."""

    def __init__(self, assets: Assets) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(ROOT), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True, auto_reload=False,
        )  # fmt: skip
        self._environment.filters.update(_filters())
        self._environment.globals.update(
            asset=assets.url, changed=addresses.changed, rail=RAIL, intents=wording.INTENTS,
            networks=wording.NETWORKS, states=wording.STATES, urgencies=wording.URGENCIES,
            mode_meanings=wording.MODE_MEANINGS, step_levels=storms.STEP_LEVELS,
            step_roles=storms.STEP_ROLES, step_acts=storms.ACTS, ways=storms.WAYS,
            called_roles=storms.CALLED_ROLES,
        )  # fmt: skip

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        """Return the page or part. Raises `jinja2.UndefinedError` for a value nobody gave."""
        return self._environment.get_template(name).render(context)


def _filters() -> dict[str, Any]:
    return {
        "account": outcomes.account_of,
        "act_words": moderation.words_of,
        "author": presentation.author_of,
        "clock": presentation.clock_time,
        "empty_queue": lambda state: wording.EMPTY_QUEUES[state],
        "exact": presentation.exact_time,
        "idset": frozenset,
        "initials": presentation.initials,
        "iso": presentation.iso,
        "length_in": lengths.length_of,
        "left": accounts.time_left,
        "line": presentation.clean_line,
        "marked": presentation.marked,
        "media_words": _media_words,
        "opening": lambda text: text[:1].upper() + text[1:],
        "percent": presentation.percent,
        "preview": presentation.preview,
        "ranked": presentation.ranked,
        "relative": _relative,
        "span": _span,
        "figure": rooms.figure,
        "minutes": rooms.minutes,
        "signed": rooms.signed,
        "most": rooms.most,
        "level_words": storms.level_words,
        "storm_tone": storms.tone_of,
        "top_words": presentation.top_words,
        "unfolded": presentation.unfolded,
        "web_link": presentation.web_link,
        "day": presentation.calendar_day,
        "draft_hint": outcomes.draft_hint,
        "held_because": outcomes.held_because,
        "left_after": consents.left_after,
        "still_needed": consents.still_needed,
        "is_doubtful": outcomes.is_doubtful,
        "is_worth_quoting": outcomes.is_worth_quoting,
        "not_out": outcomes.not_out,
        "word": _word,
    }


def _word(key: str | None, kind: str) -> str:
    return wording.word(WORDS[kind], key)


def _relative(at: datetime, now: datetime) -> str:
    return presentation.relative_time(at, now)


def _span(minutes: object) -> str:
    """Return minutes in words; what a form holds may be no number yet."""
    text = str(minutes)
    return accounts.duration(int(text) * 60) if text.isdecimal() else text


def _media_words(message: MessageView) -> str:
    """Return what to read where a message has no text."""
    if not message.media:
        return f"{wording.word(wording.KINDS, message.kind)} without text"
    first = message.media[0]
    described = presentation.clean_line(first.alt, 160)
    kind = presentation.clean_line(first.type, 20).capitalize()
    return f"{kind}: {described}" if described else kind
