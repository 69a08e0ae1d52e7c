"""`rapport draft`: the answer that would be proposed to a message. How it is composed is in services/respond/drafting."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.lines import BrokenLine, answer_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from contracts.brands import BrandChanged
    from contracts.messages import Labels, MessageClassified
    from contracts.replies import Draft
    from services.classify.models.linear import LinearModel
    from services.respond.drafting.voice import Voice
    from services.respond.proposals import Proposer

LANGUAGES = ("en", "es", "pt", "fr", "de", "it")
_EXAMPLE = '{"brand": "casa-verde", "message": "When are you open?", "network": "facebook"}'


@click.command()
@click.option(
    "--brands",
    type=click.Path(path_type=Path),
    help="A folder with one BRAND.json per brand (languages, voice, policy, wording as in brand.changed); without it the demo's brands.",
)
@click.option("--words-only", is_flag=True, help="Find facts without the encoder.")
def command(brands: Path | None, words_only: bool) -> None:
    """Draft answers to messages, offline, with their sources.

    Reads one JSON object a line from standard input: brand, message, network and, where it is known,
    language (of the message). Prints draft, language, sources, abstained (a code where a person must
    answer, else null), alternatives and seconds a line. A line that cannot be answered prints
    {"error": ...}, and the exit code is then 2.
    """
    desk = _desk(brands, words_only=words_only)
    answer_lines(
        "draft", lambda question: desk.answer(_asked(question, desk.voices)), example=_EXAMPLE
    )


class Desk:
    """The brands' voices and what drafts with them."""

    def __init__(self, voices: Mapping[str, Voice], model: LinearModel, proposer: Proposer) -> None:
        self.voices = voices
        self._model = model
        self._proposer = proposer

    def answer(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """Return the draft to a message and what it stands on."""
        started = time.perf_counter()
        voice = self.voices[asked["brand"]]
        labels = self._model.label([asked["message"]], [list(voice.own_languages)])[0]
        proposal = self._proposer.propose(voice, _classified(asked, labels))
        seconds = round(time.perf_counter() - started, 4)
        first = proposal.drafts[0] if proposal.drafts else None
        return {
            "draft": first.text if first else None,
            "language": first.language if first else labels.language.label,
            "sources": _sources(first),
            "abstained": proposal.abstained,
            "alternatives": [draft.text for draft in proposal.drafts[1:]],
            "seconds": seconds,
        }


def _sources(draft: Draft | None) -> list[dict[str, str]]:
    return [source.model_dump() for source in draft.sources] if draft else []


def _desk(folder: Path | None, *, words_only: bool) -> Desk:
    from prometheus_client import CollectorRegistry

    from language.knowledge.loading import load_tools
    from language.knowledge.search import Tools
    from services.classify.models.linear import LinearModel
    from services.respond.drafting.phrasebook import load_phrasebook
    from services.respond.drafting.voice import make_voice
    from services.respond.metrics import RespondMetrics
    from services.respond.proposals import Proposer

    told = _told_brands(folder) if folder else _demo_brands()
    book, tools = load_phrasebook(), Tools() if words_only else load_tools()
    voices = {name: make_voice(brand, book, tools=tools) for name, brand in told.items()}
    return Desk(voices, LinearModel.load(), Proposer({}, RespondMetrics(CollectorRegistry())))


def _demo_brands() -> dict[str, BrandChanged]:
    from cli.demo.content import read_brands

    return {
        one.slug: _brand(
            one.slug,
            {"name": one.name, "languages": one.languages, "voice": one.voice.model_dump()},
        )
        for one in read_brands()
    }


def _told_brands(folder: Path) -> dict[str, BrandChanged]:
    from pydantic import ValidationError

    from cli.environment import WrongInput

    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    if not files:
        raise WrongInput(f"{folder} holds no BRAND.json")
    brands = {}
    for file in files:
        try:
            told = json.loads(file.read_text("utf-8-sig"))
            brands[file.stem] = _brand(file.stem, told)
        except (ValueError, TypeError, RecursionError) as error:
            first = error.errors()[0] if isinstance(error, ValidationError) else None
            why = f"{'.'.join(map(str, first['loc']))}: {first['msg']}" if first else str(error)
            raise WrongInput(f"{file.name}: {why}") from None
    return brands


def _brand(name: str, told: dict[str, Any]) -> BrandChanged:
    from datetime import UTC, datetime

    from contracts.brands import BrandChanged

    plain = {
        "brand_id": name, "agency_id": "agy_none", "name": name, "initials": name[:2].upper(),
        "colour": "#335577", "languages": ["en"], "policy": {"mode": "suggest"}, "voice": {},
        "revision": 1, "changed_at": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    brand = BrandChanged.model_validate({**plain, **told})
    # A draft is asked for: a brand that drafts nothing by its policy is drafted for here.
    return brand.model_copy(update={"policy": brand.policy.model_copy(update={"mode": "suggest"})})


def _classified(asked: Mapping[str, str], labels: Labels) -> MessageClassified:
    from datetime import UTC, datetime

    from contracts.messages import Head, MessageClassified, MessageReceived

    now = datetime(2026, 1, 1, tzinfo=UTC)
    message = MessageReceived.model_validate({
        "network": asked["network"], "external_id": "1", "kind": "comment", "action": "created",
        "visibility": "public", "author_id": "1", "author_name": None, "text": asked["message"],
        "message_id": "msg_asked", "thread_id": "thr_asked", "connection_id": "con_asked",
        "version": "1", "created_at": now, "received_at": now,
    })  # fmt: skip
    if "language" in asked:
        code = asked["language"]
        labels = labels.model_copy(update={"language": Head(label=code, p={code: 1.0})})
    return MessageClassified(message=message, labels=labels)


def _asked(asked: dict[str, Any], brands: Mapping[str, Any]) -> dict[str, str]:
    from contracts.networks.table import NETWORKS

    for name in ("brand", "message", "network"):
        if not isinstance(asked.get(name), str) or not asked[name].strip():
            raise BrokenLine(f'"{name}" is missing or no string; write {_EXAMPLE}')
    _refuse_unknown("brand", asked["brand"], sorted(brands))
    _refuse_unknown("network", asked["network"], NETWORKS)
    if asked.get("language") is None:
        asked.pop("language", None)
    else:
        _refuse_unknown("language", asked["language"], LANGUAGES)
    # Half an emoji cannot be told on.
    asked["message"] = (
        asked["message"].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )
    return asked


def _refuse_unknown(name: str, value: Any, known: Any) -> None:
    if value not in list(known):
        raise BrokenLine(f"unknown {name} {value!r}; known: {', '.join(known)}")
