"""SIGKILL of every service during a stream of messages: nothing lost, nothing twice."""

import os
from pathlib import Path

import pytest

from tests.e2e.journey import whole_rapport
from tests.failure.kills import Plan, run

MESSAGES = int(os.environ.get("KILL_MESSAGES", "10000"))


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.timeout(420)
def test_killing_each_service_loses_and_doubles_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("KILL_SEED", "7"))
    with whole_rapport(tmp_path) as journey:
        history = run(journey, Plan(messages=MESSAGES, over_s=MESSAGES / 250, seed=seed))
    with capsys.disabled():
        print(f"\nkills, seed {seed}: {history}")  # noqa: T201 - the counts are the point
    assert history.is_clean, str(history)
    assert history.written >= MESSAGES
    assert history.published > 0
    assert history.without_labels == 0
