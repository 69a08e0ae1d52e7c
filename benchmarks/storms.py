"""How early storms are seen, and at how many false alarms: synthetic brands and real mention counts.

Run: python -m benchmarks.storms [--seeds 1,21,33,77] [--brands 12] [--write]. --write renews
docs/storm-benchmark.md between its marks, and the picture.
"""

import argparse
import dataclasses
import json
import re
from pathlib import Path

from benchmarks import storm_nab
from benchmarks.storm_crowds import Mix, Params
from benchmarks.storm_picture import draw
from benchmarks.storm_rules import NegativeRule, VolumeRule
from benchmarks.storm_score import Figures, Judged, calibrate, figures, judge_all, run, summed
from benchmarks.storm_world import SIZES, world
from services.classify.domain.storms import Storm, Volume
from services.classify.domain.storms.detector import STORM

BUDGET = 0.05
_DOCS = Path(__file__).parents[1] / "docs"
_HEAD = "| world | detector | threshold | storms | recall | before peak | precision | median min | seen | early | false / brand-week | worst size |"
_RULE = "|---|---|---|---|---|---|---|---|---|---|---|---|"
# Medians and false alarms published for the reference statistics, budgets 0.02 to 0.5, seed 21.
_REFERENCE = [(0.022, 195.0), (0.035, 155.0), (0.060, 125.0), (0.111, 110.0), (0.325, 95.0)]


def params_of(name: str) -> Params:
    """default; noisy: a worse classifier and larger raids; mild: storms with little toxicity."""
    usual = Params()
    raid = usual.harmless["botraid"]
    if name == "noisy":
        raids = {**usual.harmless, "botraid": _raid(raid, 1.8, 120)}
        return dataclasses.replace(
            usual, sens=(0.50, 0.75), fpr=(0.08, 0.18), sarcasm=0.2, harmless=raids
        )
    if name == "mild":
        raids = {**usual.harmless, "botraid": _raid(raid, 1.4, 100)}
        return dataclasses.replace(
            usual, storm_tox=(0.08, 0.22), storm_neg=(0.50, 0.80), harmless=raids
        )
    return usual


def _raid(usual: Mix, weight: float, most: float) -> Mix:
    return dataclasses.replace(usual, weight=weight, multiple=(10, most))


def _minutes(value: float) -> str:
    return "missed" if value == float("inf") else f"{value:.0f}"


def worst_size(judged: Judged) -> float:
    """The most false alarms a brand-week of any brand size."""
    return max(
        sum(size == one for one, _ in judged.false) / weeks
        for size, weeks in judged.weeks_by_size.items()
    )


def row(name: str, detector: str, threshold: float, judged: Judged) -> str:
    f = summed(judged)
    return (
        f"| {name} | {detector} | {threshold:.2f} | {f.storms} | {f.recall:.2f} | {f.before_peak:.2f}"
        f" | {f.precision:.2f} | {_minutes(f.median_min)} | {f.seen:.2f} | {f.early:.1f}"
        f" | {f.false_per_week:.3f} | {worst_size(judged):.3f} |"
    )


def _group(name: str, f: Figures) -> str:
    early = f"{f.recall:.2f} | {_minutes(f.median_min)} | {f.seen:.2f} | {f.early:.0f}"
    return f"| {name} | {f.storms} | {early} |"


def groups(judged: Judged) -> list[str]:
    """The table by kind and by size."""
    made = ["| | storms | recall | median min | seen | early |", "|---|---|---|---|---|---|"]
    parts = [(kind, [h for h in judged.hits if h.kind == kind]) for kind in Params().kinds]
    parts += [(f"{size} a day", [h for h in judged.hits if h.size == size]) for size in SIZES]
    made += [_group(name, figures(hits, 0, 1)) for name, hits in parts]
    return made


def causes(judged: Judged) -> str:
    found: dict[str, int] = {}
    for _, cause in judged.false:
        found[cause] = found.get(cause, 0) + 1
    return ", ".join(f"{name} {n}" for name, n in sorted(found.items())) or "none"


def measure(name: str, seed: int, brands: int, with_rules: bool) -> dict[str, list]:
    """One world: half of the brands set the threshold, the other half is reported; then 7 for all."""
    made = world(seed, brands, params_of(name))
    half, other = made[0::2], made[1::2]
    label = f"{name}, seed {seed}"
    out: dict[str, list] = {"rows": [], "notes": [], "groups": [], "lines": []}
    scores, us = run(Storm, made)
    threshold = calibrate(half, scores[0::2], BUDGET)
    tested = judge_all(other, scores[1::2], threshold)
    fixed = judge_all(made, scores, STORM)
    out["rows"] += [
        row(label, "Storm", threshold, tested),
        row(label, "Storm, as shipped, all brands", STORM, fixed),
    ]
    out["notes"].append(
        f"{label}: {us:.1f} us a bin and brand; false alarms at {STORM:g}: {causes(fixed)}"
    )
    if with_rules:
        out["groups"] = groups(fixed)
        out["lines"].append(("Storm", _curve(made, scores)))
        for rule in (NegativeRule, VolumeRule):
            theirs, _ = run(rule, made)
            at = calibrate(half, theirs[0::2], BUDGET)
            out["rows"].append(row(label, rule.__name__, at, judge_all(other, theirs[1::2], at)))
            if rule is NegativeRule:
                out["lines"].append(
                    (
                        "usual rule: negatives, hour / 7 days",
                        _curve(made, theirs, (3, 4, 5, 6, 8, 10, 14)),
                    )
                )
    return out


def _curve(brands, scores, thresholds=(3, 4, 5, 6, 7, 8.5, 10)) -> list[tuple[float, float]]:
    judged = [summed(judge_all(brands, scores, threshold)) for threshold in thresholds]
    return [(max(f.false_per_week, 0.01), f.median_min) for f in judged]


def report(seeds: list[int], brands: int) -> tuple[str, str]:
    """The tables as Markdown, and the picture."""
    runs = [("default", seed) for seed in seeds] + [("noisy", 301), ("mild", 302)]
    rows, notes, by_group, lines = [], [], [], []
    for i, (name, seed) in enumerate(runs):
        made = measure(name, seed, brands, with_rules=i == 0)
        print("\n".join(made["rows"] + made["notes"]), flush=True)
        rows += made["rows"]
        notes += made["notes"]
        by_group += made["groups"]
        lines += made["lines"]
    nab = storm_nab.measure(Volume)
    real = [
        "| detector | standard | held-out | low FP | low FN | windows found of 33 | false rows |",
        "|---|---|---|---|---|---|---|",
        (
            f"| Volume | {nab['standard']:.1f} | {nab['held_out']:.1f} | {nab['low_fp']:.1f} | {nab['low_fn']:.1f}"
            f" | {nab['found']:.0f} | {nab['false_rows']:.0f} |"
        ),
    ]
    text = "\n".join([
        _HEAD, _RULE, *rows, "", "By kind and size, default world, as shipped:", "", *by_group, "",
        *(f"- {note}" for note in notes), "", "Real mention counts (NAB realTweets):", "", *real,
    ])  # fmt: skip
    curves = dict(lines) | {"reference statistics (published)": _REFERENCE}
    title = f"Storms seen, seed {seeds[0]}: delay against false alarms"
    return text, draw(title, curves)


def renew(path: Path, text: str) -> None:
    """Put the tables between the marks of the document."""
    begin, end = "<!-- figures -->", "<!-- /figures -->"
    page = path.read_text()
    pattern = re.compile(re.escape(begin) + ".*" + re.escape(end), re.DOTALL)
    path.write_text(pattern.sub(lambda _: f"{begin}\n{text}\n{end}", page))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1,21,33,77")
    parser.add_argument("--brands", type=int, default=12, help="brands of every size")
    parser.add_argument("--write", action="store_true", help="renew the document and the picture")
    parser.add_argument("--json", action="store_true", help="print NAB's figures only, as JSON")
    chosen = parser.parse_args()
    if chosen.json:
        print(json.dumps(storm_nab.measure(Volume), indent=1))
        return
    text, picture = report([int(seed) for seed in chosen.seeds.split(",")], chosen.brands)
    print(text)
    if chosen.write:
        renew(_DOCS / "storm-benchmark.md", text)
        (_DOCS / "images" / "storm-benchmark.svg").write_text(picture)


if __name__ == "__main__":
    main()
