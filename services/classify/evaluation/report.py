"""Writes the figures down: JSON for machines, Markdown for people. Measures nothing."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.classify.evaluation.limits import LIMITS, Limit, value_at

JSON_NAME = "understanding-report.json"
MARKDOWN_NAME = "understanding-report.md"
_HEADING = """# How good the labels are

Written by `make eval`; do not edit. What the figures mean and how to read them: [understanding.md](understanding.md).
Official test splits and official metrics, in percent where nothing else is said, with bootstrap intervals of 95 % (1,000
draws). The training text of TweetEval sentiment is a reconstruction; our own messages were written by the project.

![Abstention curves, and figures beside published ones](understanding-report.svg)
"""


def merged(old: Path, fresh: Mapping[str, Any]) -> dict[str, Any]:
    """The report of a file with the tiers of `fresh` in place of its own; `fresh` alone where there is no file."""
    known = json.loads(old.read_text(encoding="utf-8")) if old.exists() else {}
    return {**known, **fresh, "tiers": {**known.get("tiers", {}), **fresh["tiers"]}}


def to_json(report: Mapping[str, Any]) -> str:
    """The report, always with the same order of keys."""
    return json.dumps(report, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def to_markdown(report: Mapping[str, Any]) -> str:
    """The report for people."""
    parts = [_HEADING]
    for tier, figures in report["tiers"].items():
        parts += [f"## {tier.capitalize()} tier ({figures['version']})", _limits(tier, figures)]
        parts += _more(figures)
    parts.append(_agreement(report.get("agreement", {})))
    return "\n\n".join(part for part in parts if part) + "\n"


def _limits(tier: str, figures: Mapping[str, Any]) -> str:
    rows = [_row(limit, tier, figures) for limit in LIMITS]
    head = "| figure | reached | 95 % interval | floor | target | published |"
    return "\n".join([head, "|---|--:|--:|--:|--:|---|", *(row for row in rows if row)])


def _row(limit: Limit, tier: str, figures: Mapping[str, Any]) -> str:
    value = value_at(figures, limit.path)
    if value is None:
        return ""
    mark = " **(missed)**" if limit.missed(tier, figures) else ""
    floor, target = limit.floors.get(tier), limit.targets.get(tier)
    cells = [limit.name, f"{value:g}{mark}", _interval(figures, limit), _bound(limit, floor),
             _bound(limit, target), limit.reference]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _interval(figures: Mapping[str, Any], limit: Limit) -> str:
    low = value_at(figures, (*limit.path[:-1], "low"))
    high = value_at(figures, (*limit.path[:-1], "high"))
    return f"{low:.1f} to {high:.1f}" if low is not None and high is not None else ""


def _bound(limit: Limit, value: float | None) -> str:
    if value is None:
        return ""
    return f"{'' if limit.kind == 'least' else '≤ '}{value:g}"


def _more(figures: Mapping[str, Any]) -> list[str]:
    parts = []
    if "published" in figures:
        parts.append(_published(figures["published"]))
    for name, title in (("own", "Our test messages"), ("holdout", "Hold-out: other sectors")):
        if name in figures:
            parts.append(_brands(title, figures[name]))
    if "slices" in figures:
        parts += [_slices(figures["slices"]), _behaviour(figures)]
    if "resources" in figures:
        parts.append(_resources(figures["resources"]))
    return parts


def _published(given: Mapping[str, Any]) -> str:
    rows = [
        f"| {name} | {each['figure']['value']:.1f} | {each['figure']['low']:.1f} to {each['figure']['high']:.1f} | {each['figure']['messages']} | "
        f"{each['calibration']['ece']:.3f} | {each['brier']:.3f} | {each['risk_coverage']['area']:.3f} | {each['surest']['all']:.1f} → "
        f"{each['surest']['surest_70']:.1f} | {_labels(each['by_label'])} |"
        for name, each in given.items()
    ]
    head = "| set | figure | interval | messages | ECE | Brier | risk-coverage area | macro recall, all → surest 70 % | precision/recall/F1 by label |"
    return "\n".join(
        ["### Published sets", "", head, "|---|--:|--:|--:|--:|--:|--:|--:|---|", *rows]
    )


def _labels(given: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {each['precision']:.0f}/{each['recall']:.0f}/{each['f1']:.0f}"
        for name, each in given.items()
    )


def _brands(title: str, given: Mapping[str, Any]) -> str:
    intent, urgency, human = given["intent"], given["urgency"], given["needs_human"]
    rows = [
        ("intent, macro F1", _with_interval(intent["figure"])),
        ("intent, accuracy", _with_interval(intent["accuracy"])),
        ("intent, macro F1 by language", ", ".join(f"{k} {v:g}" for k, v in intent["by_language"].items())),
        ("intent, precision/recall/F1", _labels(intent["by_label"])),
        ("intent, ECE and Brier", f"{intent['calibration']['ece']:.3f} and {intent['brier']:.3f}"),
        ("urgency within one step", _with_interval(urgency["figure"])),
        ("urgency exact", _with_interval(urgency["exact"])),
        ("needs a human, recall at precision 0.8", f"{_with_interval(human['figure'])}, precision met {human['precision']:g}"),
        ("sentiment, macro F1", _with_interval(given["sentiment"]["figure"])),
    ]  # fmt: skip
    lines = [f"| {name} | {value} |" for name, value in rows]
    return "\n".join(
        [f"### {title} ({given['messages']})", "", "| figure | reached |", "|---|---|", *lines]
    )


def _with_interval(card: Mapping[str, float]) -> str:
    return f"{card['value']:.1f} ({card['low']:.1f} to {card['high']:.1f})"


def _slices(given: Mapping[str, Any]) -> str:
    names = sorted({*given["sentiment"], *given["intent"]})
    rows = []
    for name in names:
        one, other = given["sentiment"].get(name), given["intent"].get(name)
        left = f"{one['macro_recall']:g} ({one['messages']})" if one else ""
        right = f"{other['accuracy']:g} ({other['messages']})" if other else ""
        rows.append(f"| {name.replace('_', ' ')} | {left} | {right} |")
    head = "| slice | sentiment, macro recall (messages) | intent of our messages, accuracy (messages) |"
    return "\n".join(["### Slices", "", head, "|---|--:|--:|", *rows])


def _behaviour(figures: Mapping[str, Any]) -> str:
    negation, people = figures["negation"], figures["identity"]
    lines = [
        (
            f"- Negation: of {negation['pairs']} pairs, the negated sentence is less positive in {negation['less_positive']:g} % "
            f"and no longer called positive in {negation['not_positive']:g} %."
        ),
    ]
    if people:
        lines.append(
            f"- Groups of people: P(offensive) moves by at most 0.1 in {people['within_0.1']:g} % of {people['sentences']} harmless sentences "
            f"(mean {people['mean_change']:g}, greatest {people['greatest_change']:g}: “{people['worst']}”)."
        )
    lines += [
        f"- {name.replace('_', ' ').capitalize()}: {each['intent']:g} % keep their intent, {each['sentiment']:g} % their sentiment."
        for name, each in figures["stability"].items()
    ]
    shares = ", ".join(f"{name} {share:g}" for name, share in figures["unsure"].items())
    lines.append(f"- Unsure by the built-in thresholds, % of our test messages: {shares}.")
    return "\n".join(["### Behaviour", "", *lines])


def _resources(given: Mapping[str, Any]) -> str:
    rows = [
        f"| {size} | {given['throughput'][size]:g} | {given['throughput_cpu'][size]:g} |"
        for size in given["throughput"]
    ]
    tail = (
        f"One message: p50 {given['p50_ms']:g} ms, p99 {given['p99_ms']:g} ms. Load and first answer: {given['load_s']:g} s by the clock, "
        f"{given['load_cpu_s']:g} s of processor time. Memory: {given['rss_mb']:g} MB at its peak."
    )
    head = "| batch | messages/s by the clock | messages/s of processor time |"
    return "\n".join(["### Speed on one thread", "", head, "|--:|--:|--:|", *rows, "", tail])


def _agreement(given: Mapping[str, Any]) -> str:
    if not given:
        return "## Agreement of the two readers\n\nThere is no second reading yet."
    rows = [
        f"| {name} | {given[name]['kappa']:.2f} | {given[name]['same']:g} |"
        for name in ("intent", "urgency", "needs_human", "sentiment")
    ]
    second = given.get("second_reader_intent_macro_f1")
    tail = (
        f"Scored as a model on the test split, the second reader reaches a macro F1 of {_with_interval(second)} for intent."
        if second
        else ""
    )
    title = f"## Agreement of the two readers ({given['messages']} messages)"
    head = "| field | Cohen's kappa | same label, % |"
    return "\n".join([title, "", head, "|---|--:|--:|", *rows, "", tail])
