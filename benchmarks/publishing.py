"""Publishes through every network's stand-in while it misbehaves and respond is killed; prints what came of it.

Run: python -m benchmarks.publishing [--replies N] [--network NAME]... [--accounts K] [--seed S] [--kills N]
`--replies` is for each network. Exit code 1 when an answer was doubled, lost, denied or left open, or
a call came before the wait that the network had asked for was over, or an answer was unknown for
longer than two minutes.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from cli.stack.mongod import Mongod
from tests.failure import publishing
from tests.failure.stands import STANDS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replies", type=int, default=40)
    parser.add_argument("--accounts", type=int, default=1)
    parser.add_argument("--network", action="append", choices=list(STANDS), default=[])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--within-s", type=float, default=900)
    parser.add_argument("--log", default="/dev/null")
    parser.add_argument("--kills", type=int, default=3, help="how often, at random moments")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    plan = publishing.Plan(
        networks=options.network or tuple(STANDS), replies=options.replies,
        accounts=options.accounts, seed=options.seed, within_s=options.within_s, log=options.log,
        kills=sorted(round(chance.uniform(0.02, 0.9), 3) for _ in range(options.kills)),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        mongod = Mongod(Path(folder) / "db")
        started = time.monotonic()
        try:
            mongod.start()
            rows = asyncio.run(publishing.run(mongod.url, "bench", plan))
        finally:
            mongod.stop(grace_s=5)
    print(publishing.table(rows))
    total = sum(row.replies for row in rows.values())
    print(
        f"{total} answers in {time.monotonic() - started:.0f} s, publisher killed when these shares "
        f"had ended: {plan.kills}, stopped at {plan.stops}"
    )
    sys.exit(0 if all(row.is_clean for row in rows.values()) else 1)


if __name__ == "__main__":
    main()
