"""Attention for unusual volume: peaks over a threshold learnt per brand."""

import json

import numpy as np

from services.classify.domain.storms import Volume
from services.classify.domain.storms.volume import ATTENTION


def counts(i: int, n: int) -> dict[str, int]:
    return {"t": i * 300, "n": n}


def settled(rate: float, seed: int = 3) -> tuple[Volume, float]:
    rng = np.random.default_rng(seed)
    volume = Volume()
    scores = [volume.update(counts(i, int(n))) for i, n in enumerate(rng.poisson(rate, 2016))]
    return volume, max(scores[1000:])


def test_a_jump_gets_attention_and_ordinary_noise_does_not() -> None:
    for rate in (0.5, 5, 50):
        volume, noise = settled(rate)
        assert noise < ATTENTION
        assert (
            max(volume.update(counts(2016 + i, int(rate * 12 + 12))) for i in range(6)) > ATTENTION
        )


def test_repeats_backfill_and_late_bins_change_nothing() -> None:
    volume, _ = settled(5)
    before = volume.to_state()
    volume.update(counts(2015, 900))
    volume.update(counts(1900, 900))
    assert volume.to_state() == before
    assert volume.update({**counts(2016, 5_000), "backfill": 1}) == before["numbers"][-1]


def test_a_restored_detector_scores_the_same() -> None:
    volume, _ = settled(5)
    other = Volume.from_state(json.loads(json.dumps(volume.to_state())))
    for i, n in enumerate((4, 9, 60, 80, 3, 0, 5)):
        assert volume.update(counts(2016 + i, n)) == other.update(counts(2016 + i, n))
    assert volume.to_state() == other.to_state()
    fresh = Volume.from_state(json.loads(json.dumps(Volume().to_state())))
    assert fresh.update(counts(0, 4)) == 0
