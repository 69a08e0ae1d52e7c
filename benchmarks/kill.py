"""SIGKILLs services at random moments while messages flow, and prints what the history checker found.

Run: python -m benchmarks.kill [--service NAME]... [--messages N] [--seed S] [--runs R]
KAFKA=apache takes Apache Kafka. Exit code 1 when anything was lost, doubled or left unsettled.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from contracts.topics import SERVICES
from tests.e2e.journey import whole_rapport
from tests.failure.kills import Plan, run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--service", action="append", choices=SERVICES, default=[])
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--per-second", type=float, default=250)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    is_clean = True
    for seed in range(options.seed, options.seed + options.runs):
        plan = Plan(
            messages=options.messages,
            over_s=options.messages / options.per_second,
            victims=options.service or SERVICES,
            seed=seed,
        )
        with tempfile.TemporaryDirectory() as folder, whole_rapport(Path(folder)) as journey:
            history = run(journey, plan)
        is_clean = is_clean and history.is_clean
        print(json.dumps({"seed": seed, "killed": list(plan.victims), **asdict(history)}))
    sys.exit(0 if is_clean else 1)


if __name__ == "__main__":
    main()
