"""Measures the care score on the written pairs: python -m language.care.evaluation. Exit code 1 under a floor."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from language.care import DIMENSIONS, Care, CareScore
from language.care.lexicon import LANGUAGES
from language.care.pairs import (
    HARDER,
    OUTSIDER,
    PATH,
    Pair,
    read,
    read_outside,
    read_turned,
    second_choices,
)  # fmt: skip

FLOOR, FLOOR_LANGUAGE, FLOOR_TURNED, MOST_MS = 0.88, 0.80, 0.80, 50.0
FLOOR_OUTSIDER, FLOOR_HARDER, FLOOR_AGREED = 0.75, 0.60, 0.90
_LONG = 2000


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair with both scores."""

    pair: Pair
    better: CareScore
    worse: CareScore

    @property
    def is_right(self) -> bool:
        """Whether the better reply is ahead overall and in the mean of the dimensions that differ."""
        return self.leads(DIMENSIONS) and self.leads(self.pair.differs or DIMENSIONS)

    def leads(self, dimensions: Sequence[str]) -> bool:
        """Whether the better reply is ahead in the mean of these dimensions."""
        ahead = sum(getattr(self.better, d) - getattr(self.worse, d) for d in dimensions)
        return bool(ahead > 0)


def judge(care: Care, pairs: Sequence[Pair]) -> list[Judged]:
    """Score both replies of every pair, the language found from the text."""
    return [
        Judged(pair, *(_score(care, pair, text) for text in (pair.better, pair.worse)))
        for pair in pairs
    ]


def _score(care: Care, pair: Pair, text: str) -> CareScore:
    return care.score(pair.message, text, author_name=pair.author_name)


def share(judged: Sequence[Judged], keep: Callable[[Pair], bool] = lambda _: True) -> float:
    """Return the share of pairs in the right order, of those kept."""
    kept = [one.is_right for one in judged if keep(one.pair)]
    return round(sum(kept) / len(kept), 4) if kept else 0.0


def by_language(judged: Sequence[Judged]) -> dict[str, float]:
    """Return the shares by language."""
    return {code: share([one for one in judged if one.pair.language == code]) for code in LANGUAGES}


def by_dimension(judged: Sequence[Judged]) -> dict[str, float]:
    """Return, by dimension, the share in the right order among pairs that differ in it."""
    found = {}
    for dimension in DIMENSIONS:
        kept = [one.leads([dimension]) for one in judged if dimension in one.pair.differs]
        found[dimension] = round(sum(kept) / len(kept), 4) if kept else 0.0
    return found


def by_balance(judged: Sequence[Judged]) -> dict[str, float]:
    """Return the shares where the worse reply has what must not decide."""
    return {
        "worse_longer": share(judged, lambda p: len(p.worse) > len(p.better)),
        "worse_shorter": share(judged, lambda p: len(p.worse) <= len(p.better)),
        "worse_has_more_exclamation": share(
            judged, lambda p: p.worse.count("!") > p.better.count("!")
        ),
        "worse_has_name": share(
            judged, lambda p: p.author_name is not None and p.author_name in p.worse
        ),
        "worse_has_numbers": share(judged, lambda p: any(c.isdigit() for c in p.worse)),
    }


def timing(care: Care, pairs: Sequence[Pair]) -> dict[str, dict[str, float]]:
    """Return milliseconds a reply, as written and at 2,000 characters.

    By the processor's clock, which the floor is about, and by the wall's, in which other work on the machine counts.
    """
    plain = [_milliseconds(care, pair.message, pair.better) for pair in pairs]
    longer = [
        _milliseconds(care, pair.message, (pair.worse + " ") * (_LONG // len(pair.worse) + 1))
        for pair in pairs[::3]
    ]
    return {
        name: {
            "median_ms": _quantile([run[i] for run in plain], 0.5),
            "p99_ms": _quantile([run[i] for run in plain], 0.99),
            "p99_2000_characters_ms": _quantile([run[i] for run in longer], 0.99),
        }
        for i, name in enumerate(("processor", "wall"))
    }


def _milliseconds(care: Care, message: str, reply: str) -> tuple[float, float]:
    used, started = time.thread_time(), time.perf_counter()
    care.score(message, reply[:_LONG])
    return (time.thread_time() - used) * 1000, (time.perf_counter() - started) * 1000


def _quantile(values: Sequence[float], share_below: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share_below))], 2)


def agreement(pairs: Sequence[Pair]) -> dict[str, float | int] | None:
    """Return how often a second person chose as the ratings say; None when nobody has chosen."""
    choices = second_choices()
    same = [choices[pair.id] == pair.better_is for pair in pairs if pair.id in choices]
    return {"pairs": len(same), "agreed": round(sum(same) / len(same), 4)} if same else None


def outside(care: Care, path: Path) -> dict[str, dict[str, Any]]:
    """Return the shares for pairs of the other writer: "dev" was looked at and learned from, "check" was not."""
    found = {}
    for split in ("dev", "check"):
        judged = judge(care, read_outside(path, split))
        figures = {"overall": share(judged), "by_language": by_language(judged)}
        found[split] = {"pairs": len(judged), **figures}
    return found


def measure() -> dict[str, Any]:
    """Return all figures."""
    care, pairs = Care.load(), read()
    care.warm()
    test = [pair for pair in pairs if pair.split == "test"]
    judged = judge(care, test)
    turned = judge(care, read_turned())
    return {
        "model": care.model,
        "pairs": {"all": len(pairs), "test": len(test), "turned": len(turned)},
        "overall": share(judged),
        "by_language": by_language(judged),
        "by_dimension": by_dimension(judged),
        "by_balance": by_balance(judged),
        "turned": share(turned),
        "outsider": outside(care, OUTSIDER),
        "harder": outside(care, HARDER),
        "second_person": agreement(pairs),
        "timing": timing(care, test),
    }


def misses(found: dict[str, Any]) -> list[str]:
    """Name the figures under their floor."""
    languages, clock = found["by_language"], found["timing"]["processor"]
    floors = [("overall", found["overall"], FLOOR), ("turned", found["turned"], FLOOR_TURNED)]
    floors += [(code, value, FLOOR_LANGUAGE) for code, value in languages.items()]
    floors += [("outsider check", found["outsider"]["check"]["overall"], FLOOR_OUTSIDER)]
    floors += [("harder check", found["harder"]["check"]["overall"], FLOOR_HARDER)]
    floors += [
        ("second person", (found["second_person"] or {"agreed": 1.0})["agreed"], FLOOR_AGREED)
    ]
    low = [f"{name} {value} is under {floor}" for name, value, floor in floors if value < floor]
    return low + [f"{k} {v} is over {MOST_MS}" for k, v in clock.items() if v > MOST_MS]


def main() -> int:
    """Print the figures as JSON, and what is under its floor on standard error."""
    if not PATH.exists():
        sys.stderr.write("the pairs are not part of the package; run this in the repository\n")
        return 1
    found = measure()
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    low = misses(found)
    sys.stderr.writelines(line + "\n" for line in low)
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
