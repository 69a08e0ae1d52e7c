"""Spoils recorded payloads by a seeded die and counts what a reader must never do: raise, or lose a good item.

Every payload is cut, has bytes changed, or has a value anywhere replaced; and, in a list, stands between
two good ones. Run: python -m benchmarks.mutations [--per-network 10000] [--fixtures DIR] [--seed 1]
"""

import argparse
import copy
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.ingest.connectors.protocol import Account, Normalise
from services.ingest.connectors.registry import normalisers

_TESTS = Path(__file__).parents[1] / "tests" / "unit"
FIXTURES = (_TESTS / "ingest" / "fixtures", _TESTS / "networks_other" / "fixtures")
_SKIPPED = ("errors", "vectors", "create_record_response", "insert_response", "send_response")
_FOLDERS = {"feeds": "feed"}
_NOBODY = Account()
_ODD: tuple[Any, ...] = (
    None, True, 0, -1, 2**70, 1e308, "", "\x00", "\ud83d", "x" * 5000, [], {}, [None], {"": None},
    [[[[]]]], "2026-13-45T99:99:99Z", "9" * 40, "<p>" * 50, {"id": {"id": []}},
)  # fmt: skip


def samples(folders: tuple[Path, ...] = FIXTURES) -> dict[str, list[Path]]:
    """Return the recorded payloads by network."""
    found: dict[str, list[Path]] = {}
    for folder in folders:
        for path in sorted(folder.glob("*/*")):
            network = _FOLDERS.get(path.parent.name, path.parent.name)
            is_payload = not any(part in path.stem for part in _SKIPPED)
            if network in normalisers() and is_payload:
                found.setdefault(network, []).append(path)
    return found


def mutants(path: Path, die: random.Random) -> Iterator[bytes]:
    """Yield spoilt forms of one payload, for ever."""
    raw = path.read_bytes()
    document = _document(raw)
    while True:
        if document is not None and die.random() < 0.6:
            yield _swapped(document, die)
        else:
            yield _scratched(raw, die)


def _document(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _scratched(raw: bytes, die: random.Random) -> bytes:
    spoilt = bytearray(raw)
    for _ in range(die.randrange(9)):
        spoilt[die.randrange(len(spoilt))] = die.randrange(256)
    start, end = sorted((die.randrange(len(raw) + 1), die.randrange(len(raw) + 1)))
    return bytes(die.choice((spoilt, spoilt[:end], spoilt[start:], spoilt[start:end])))


def _swapped(document: Any, die: random.Random) -> bytes:
    whole = {"": copy.deepcopy(document)}
    places = list(_places(whole))
    for _ in range(die.randrange(1, 4)):
        holder, key = die.choice(places)
        if die.random() < 0.2 and isinstance(holder, dict) and key:
            holder.pop(key, None)
        elif isinstance(holder, dict) or (isinstance(key, int) and key < len(holder)):
            holder[key] = copy.deepcopy(die.choice(_ODD))
    return json.dumps(whole.get("")).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict | list):
        steps = list(value) if isinstance(value, dict) else range(len(value))
        for key in steps:
            yield value, key
            yield from _places(value[key])


def try_network(network: str, paths: list[Path], count: int, seed: int) -> Counter[str]:
    """Read `count` mutants; return how many raised, lost a good neighbour, or gave an item."""
    normalise, die, tally = normalisers()[network], random.Random(seed), Counter[str]()
    streams = [mutants(path, random.Random(die.random())) for path in paths]
    for number in range(count):
        raw = next(streams[number % len(streams)])
        tally["tried"] += 1
        try:
            found = normalise(raw, _NOBODY)
            [item.model_dump_json(exclude={"raw"}) for item in found.items]
        except Exception as error:
            tally["raised"] += 1
            _tell(network, raw, error)
            continue
        tally["read"] += bool(found.items)
        tally["unexpected"] += any(p.code.endswith(".unexpected") for p in found.problems)
    tally["lost"] = _lost(network, normalise, paths, max(count // 20, 1), die)
    tally["lost"] += _lost_inside(network, normalise, paths, max(count // 10, 1), die)
    return tally


def _lost(
    network: str, normalise: Normalise, paths: list[Path], count: int, die: random.Random
) -> int:
    """Put mutants between two good payloads in a list; count how often a good one's items are missing."""
    if network in {"feed", "email"}:
        return 0
    lost = 0
    good = [one for one in map(_document, map(Path.read_bytes, paths)) if _items(normalise, one)]
    for _ in range(count if good else 0):
        one = die.choice(good)
        bad = _document(_swapped(die.choice(good), die))
        alone = _items(normalise, one)
        both = _items(normalise, [one, bad, one])
        if both[: len(alone)] != alone or both[len(both) - len(alone) :] != alone:
            lost += 1
            _tell(network, json.dumps([one, bad, one]).encode(), None)
    return lost


def _lost_inside(
    network: str, normalise: Normalise, paths: list[Path], count: int, die: random.Random
) -> int:
    """Spoil one member of a list within a payload; count how often another member's item is missing."""
    documents = [one for one in map(_document, map(Path.read_bytes, paths)) if _lists(one)]
    lost = 0
    for _ in range(count if documents else 0):
        document = die.choice(documents)
        number = die.randrange(len(_lists(document)))
        member = die.randrange(len(_lists(document)[number]))
        without, spoilt = copy.deepcopy(document), copy.deepcopy(document)
        del _lists(without)[number][member]
        one = _lists(spoilt)[number]
        one[member] = _document(_swapped(one[member], die))
        missing = _ids(normalise, without) - _ids(normalise, spoilt)
        if missing:
            lost += 1
            _tell(network, json.dumps(spoilt).encode(), None)
    return lost


def _lists(document: Any) -> list[list[Any]]:
    found = [document] if isinstance(document, list) else []
    found += [holder[key] for holder, key in _places(document) if isinstance(holder[key], list)]
    return [one for one in found if len(one) > 1 and isinstance(one[0], dict)]


def _ids(normalise: Normalise, document: Any) -> set[tuple[str, str]]:
    found = normalise(json.dumps(document).encode(), _NOBODY)
    return {(item.external_id, item.action) for item in found.items}


def _items(normalise: Normalise, document: Any) -> list[str]:
    found = normalise(json.dumps(document).encode(), _NOBODY)
    return [item.model_dump_json(exclude={"raw"}) for item in found.items]


def _tell(network: str, raw: bytes, error: Exception | None) -> None:
    what = "lost a good neighbour" if error is None else f"{type(error).__name__}: {error}"
    sys.stderr.write(f"{network}: {what}: {raw[:300]!r}\n")


def main() -> int:
    """Print one line a network; exit 1 when anything was raised or lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-network", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fixtures", type=Path, action="append")
    asked = parser.parse_args()
    is_clean = True
    for network, paths in samples(tuple(asked.fixtures or FIXTURES)).items():
        started = time.perf_counter()
        tally = try_network(network, paths, asked.per_network, asked.seed)
        took_s = time.perf_counter() - started
        is_clean = is_clean and not (tally["raised"] or tally["lost"])
        counts = "  ".join(
            f"{name} {tally[name]}" for name in ("tried", "read", "raised", "unexpected", "lost")
        )
        print(f"{network:16} {counts}  {took_s:.0f} s")
    print("clean" if is_clean else "NOT CLEAN")
    return 0 if is_clean else 1


if __name__ == "__main__":
    raise SystemExit(main())
