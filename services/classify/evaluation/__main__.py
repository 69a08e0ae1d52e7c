"""`python -m services.classify.evaluation`: measures the tiers, writes the report, fails under a floor."""

import argparse
import sys
from pathlib import Path
from typing import Any

from services.classify.evaluation import brands, limits, measuring, picture, report, sets, tiers


def main(arguments: list[str]) -> int:
    """Measure the tiers that are there. The exit status is 1 when a figure is under its floor, which is then named."""
    options = _options(arguments)
    if not options.data.is_dir():
        say(f"no folder {options.data}: name the folder of the message sets with --data")
        return 2
    given = measuring.material(options.data, options.quick)
    found = {}
    for tier in options.tier or tiers.TIERS:
        try:
            wanted = tuple(options.set or measuring.usual(tier))
            found[tier] = measuring.figures(tier, given, wanted, say)
        except tiers.AbsentTier as absent:
            say(str(absent))
            if options.tier:
                return 2
    second = sets.second_pass()
    fresh: dict[str, Any] = {
        "tiers": found,
        "data_sha256": measuring.data_hashes(options.data),
        "agreement": brands.agreement([*given.messages, *given.holdout], second),
    }
    _give(fresh, options)
    # A few hundred messages and a quarter of the time decide nothing.
    faults = (
        [] if options.quick else [s for tier in found for s in limits.missed(tier, found[tier])]
    )
    for fault in faults:
        say(fault)
    return 1 if faults else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m services.classify.evaluation", description=main.__doc__
    )
    parser.add_argument(
        "--tier", action="append", choices=tiers.TIERS, help="only this tier (repeatable)"
    )
    parser.add_argument(
        "--set",
        action="append",
        choices=(*measuring.SETS, *measuring.SINGLE),
        metavar="NAME",
        help=f"only these figures (repeatable): {', '.join((*measuring.SETS, *measuring.SINGLE))}",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path("../shared/data/classify"),
        help="folder with the message sets",
    )
    parser.add_argument("--out", type=Path, help="folder for the report (default: docs)")
    parser.add_argument(
        "--quick", action="store_true", help="300 messages a set: shows that all works; no floors"
    )
    return parser.parse_args(arguments)


def _give(fresh: dict[str, Any], options: argparse.Namespace) -> None:
    """Writes the report; a partial or quick one goes to the screen unless a folder is named."""
    is_partial = options.quick or options.set
    if is_partial and options.out is None:
        print(report.to_json(fresh))  # noqa: T201
        return
    folder = options.out or Path("docs")
    folder.mkdir(parents=True, exist_ok=True)
    whole = fresh if is_partial else report.merged(folder / report.JSON_NAME, fresh)
    (folder / report.JSON_NAME).write_text(report.to_json(whole), encoding="utf-8")
    (folder / report.MARKDOWN_NAME).write_text(report.to_markdown(whole), encoding="utf-8")
    (folder / picture.NAME).write_text(picture.draw(whole), encoding="utf-8")


def say(sentence: str) -> None:
    """One line to the person who waits."""
    print(sentence, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
