"""How good the drafts are: the classifier and the drafter over texts whose right answer is known.

The texts are the sandbox's and some of their own (drafts.json: text, and the facts that answer it;
none where no fact does). Run: python -m benchmarks.drafts [--show]
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry

from cli.demo.content import read_brands
from contracts.brands import BrandChanged, Policy
from contracts.messages import Labels, MessageClassified, MessageReceived
from language.knowledge.loading import load_tools
from services.classify.models.linear import LinearModel
from services.respond.drafting.phrasebook import load_phrasebook
from services.respond.drafting.voice import Voice, make_voice
from services.respond.metrics import RespondMetrics
from services.respond.proposals import Proposal, Proposer

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
_TEXTS = Path(__file__).parents[1] / "sandbox" / "texts"
_BRAND_OF = {"home": "casa-verde", "coffee": "nordlicht", "bikes": "velo-atelier"}
_ASKED = frozenset({"question", "request"})
# Who wrote in one of these ways is glad to be thanked without anybody looking.
_THANKABLE = frozenset({"praise", "thanks", "peer"})
_FILL = {"{city}": "Braga", "{order}": "#20871", "{days}": "9"}


@dataclass(frozen=True, slots=True)
class Case:
    """A text to a brand, what it is, and the facts that answer it (None: not judged)."""

    brand: str
    kind: str
    text: str
    facts: frozenset[str] | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What was proposed for a case."""

    case: Case
    labels: Labels
    proposal: Proposal
    took_s: float

    @property
    def told(self) -> frozenset[str]:
        """The facts of the first draft, by their names."""
        drafts = self.proposal.drafts
        sources = drafts[0].sources if drafts else []
        return frozenset(s.id.rsplit(".", 1)[0] for s in sources if s.kind == "fact")

    @property
    def is_sorry(self) -> bool:
        """Say whether the first draft apologises."""
        drafts = self.proposal.drafts
        return any(s.title.startswith("apolog") for d in drafts[:1] for s in d.sources)

    @property
    def is_fitting(self) -> bool:
        """Say whether one of the right facts is told, or none where none is right."""
        facts = self.case.facts or frozenset()
        return bool(self.told & facts) if facts else not self.told

    @property
    def is_needlessly_sorry(self) -> bool:
        """Say whether it apologises to somebody who has not complained."""
        return self.is_sorry and self.case.kind in _ASKED | {"praise", "small_talk", "thanks"}


@dataclass(frozen=True, slots=True)
class Report:
    """The figures, as counts of (good or bad, all)."""

    sandbox_fitting: tuple[int, int]
    new_fitting: tuple[int, int]
    remedies: tuple[int, int]
    needless_apologies: tuple[int, int]
    missing_apologies: tuple[int, int]
    wrong_releases: tuple[int, int]
    worst_ms: float


def cases() -> list[Case]:
    """Return every text, the placeholders filled."""
    right = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    found = [Case(b, kind, text, frozenset(f), True) for b, _, kind, text, f in right["new"]]
    for sector, brand in _BRAND_OF.items():
        for _, kind, _, text, *_ in json.loads((_TEXTS / f"{sector}.json").read_text("utf-8"))[
            "rows"
        ]:
            facts = right["sandbox"].get(text)
            found.append(
                Case(brand, kind, _filled(text), None if facts is None else frozenset(facts), False)
            )
    common = json.loads((_TEXTS / "common.json").read_text("utf-8"))["rows"]
    for brand in _BRAND_OF.values():
        found += [Case(brand, kind, _filled(text), None, False) for _, kind, _, text, *_ in common]
    return found


def measure() -> list[Result]:
    """Label and propose for every text, each brand set to answer praise by itself."""
    model, voices = LinearModel.load(), _voices()
    proposer = Proposer({}, RespondMetrics(CollectorRegistry()))
    results: list[Result] = []
    for case in cases():
        voice = voices[case.brand]
        labels = model.label([case.text], [list(voice.own_languages)])[0]
        classified = MessageClassified(message=_message(case), labels=labels)
        proposer.propose(voice, classified)
        started = time.thread_time()
        proposal = proposer.propose(voice, classified)
        results.append(Result(case, labels, proposal, time.thread_time() - started))
    return results


def report(results: list[Result]) -> Report:
    """Sum up. A wrong release is an automatic answer to what is not praise or thanks."""
    asked = [r for r in results if r.case.facts is not None and r.case.kind in _ASKED]
    calm = [r for r in results if r.case.kind in _ASKED | {"praise", "small_talk", "thanks"}]
    upset = [r for r in results if r.case.kind == "complaint" and r.proposal.drafts]
    released = [r for r in results if r.proposal.decision.is_automatic]
    return Report(
        sandbox_fitting=_count(r.is_fitting for r in asked if not r.case.is_new),
        new_fitting=_count(r.is_fitting for r in asked if r.case.is_new),
        remedies=_count(r.is_fitting for r in upset if r.case.is_new),
        needless_apologies=_count(r.is_needlessly_sorry for r in calm),
        missing_apologies=_count(not r.is_sorry for r in upset),
        wrong_releases=_count(r.case.kind not in _THANKABLE for r in released),
        worst_ms=max(r.took_s for r in results) * 1000,
    )


def _count(judged: Iterator[bool]) -> tuple[int, int]:
    answers = list(judged)
    return sum(answers), len(answers)


def _voices() -> dict[str, Voice]:
    book = load_phrasebook()
    policy = Policy(mode="automatic", minimum_confidence=0.8)
    tools = load_tools()
    return {
        brand.slug: make_voice(
            BrandChanged(
                brand_id=brand.slug, agency_id="agy_1", name=brand.name, initials=brand.initials,
                colour=brand.colour, languages=brand.languages, policy=policy, voice=brand.voice,
                revision=1, changed_at=AT,
            ),
            book,
            tools=tools,
        )
        for brand in read_brands()
    }  # fmt: skip


def _message(case: Case) -> MessageReceived:
    kind, visibility = ("dm", "direct") if case.kind == "dm" else ("comment", "public")
    return MessageReceived.model_validate({
        "network": "facebook", "external_id": "1", "kind": kind, "action": "created",
        "visibility": visibility, "author_id": "55", "author_name": "Alex Doe", "text": case.text,
        "message_id": f"msg_{case.text}", "thread_id": "thr_1", "connection_id": "con_1",
        "version": "1", "created_at": AT, "received_at": AT,
    })  # fmt: skip


def _filled(text: str) -> str:
    for placeholder, value in _FILL.items():
        text = text.replace(placeholder, value)
    return text


def _show(result: Result) -> str:
    labels, draft = result.labels, result.proposal.drafts[:1]
    text = draft[0].text.replace("\n", " / ") if draft else "(no draft)"
    marks = [
        name
        for name, is_bad in (
            ("UNFIT", result.case.facts is not None and not result.is_fitting),
            ("SORRY", result.is_needlessly_sorry),
            ("RELEASED", result.proposal.decision.is_automatic),
        )
        if is_bad
    ]
    read = f"{labels.language.label} {labels.intent.label} {labels.sentiment.p['negative']:.2f}"
    return f"{result.case.brand} {result.case.kind}: {result.case.text}\n  {read} {' '.join(marks)}\n  {text}"


def main() -> None:
    """Print the figures, and with --show every draft."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true", help="print every draft")
    results = measure()
    if parser.parse_args().show:
        print("\n".join(map(_show, results)))
    found = report(results)
    for name in Report.__dataclass_fields__:
        value = getattr(found, name)
        print(
            f"{name:20} {value[0]} of {value[1]}"
            if isinstance(value, tuple)
            else f"{name:20} {value:.2f}"
        )


if __name__ == "__main__":
    main()
