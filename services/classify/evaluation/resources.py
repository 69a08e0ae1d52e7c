"""Speed, start-up and memory of one tier, measured in a process of its own: `python -m ...evaluation.resources TIER`."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
_BATCHES = (1, 16, 256)
_STARTS = 3
_SECONDS = {"fast": 2.0, "accurate": 8.0, "cascade": 8.0}


def measured(tier: str, is_quick: bool = False) -> dict[str, Any]:
    """What `main` prints, with the fastest of three starts. Raises RuntimeError when the process fails.

    `*_cpu` figures count the processor's time instead of the clock's: on a machine that does other work they say
    what one core can do.
    """
    runs = [_run(tier, "start") for _ in range(1 if is_quick else _STARTS)]
    found = _run(tier, "quick" if is_quick else "full")
    best = min(runs, key=lambda run: float(run["load_s"]))
    return {**found, "load_s": best["load_s"], "load_cpu_s": min(r["load_cpu_s"] for r in runs)}


def _run(tier: str, kind: str) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", __name__, tier, kind],
        env={**os.environ, **_ONE_THREAD},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"measuring {tier} failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(tier: str, kind: str) -> dict[str, Any]:
    """Measures this very process: call it in a fresh one."""
    start, worked = time.perf_counter(), time.process_time()
    from services.classify.evaluation import tiers  # noqa: PLC0415 - importing is what is timed

    model = tiers.load(tier)
    model.understand(["Hello, where is my order?"])
    loaded = {
        "load_s": round(time.perf_counter() - start, 3),
        "load_cpu_s": round(time.process_time() - worked, 3),
        "version": model.version,
        "rss_loaded_mb": memory_mb(),
    }
    if kind == "start":
        return loaded
    texts = _texts()
    seconds = _SECONDS[tier] * (0.25 if kind == "quick" else 1.0)
    speeds = {str(size): _speed(model, texts, size, seconds) for size in _BATCHES}
    return {
        **loaded,
        "throughput": {size: speed[0] for size, speed in speeds.items()},
        "throughput_cpu": {size: speed[1] for size, speed in speeds.items()},
        **_latency(model, texts[: 200 if tier != "fast" else 2_000]),
        "rss_mb": memory_mb(),
    }


def memory_mb() -> float:
    """The most memory this process ever held (its own peak: a fork's parent does not count), in MB of 2**20 bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024, 1)
    import resource  # noqa: PLC0415 - absent on some systems

    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def _texts() -> list[str]:
    from services.classify.evaluation import sets  # noqa: PLC0415

    return [each.text for each in sets.own()]


def _speed(model: Any, texts: list[str], size: int, seconds: float) -> tuple[float, float]:
    """Messages a second by the clock and by processor time, over different messages until the time is up."""
    done, start, worked = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds:
        place = done % (len(texts) - size)
        model.understand(texts[place : place + size])
        done += size
    clock, work = time.perf_counter() - start, time.process_time() - worked
    return round(done / clock, 1), round(done / work, 1)


def _latency(model: Any, texts: list[str]) -> dict[str, float]:
    """Milliseconds for one message: the middle, the slowest percent, and one of 100,000 letters."""
    times = []
    for text in texts:
        start = time.perf_counter()
        model.understand([text])
        times.append(time.perf_counter() - start)
    times.sort()
    start = time.perf_counter()
    model.understand(["where is it? " * 8_000])
    return {
        "p50_ms": round(1_000 * times[len(times) // 2], 3),
        "p99_ms": round(1_000 * times[len(times) * 99 // 100], 3),
        "huge_ms": round(1_000 * (time.perf_counter() - start), 3),
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2])))  # noqa: T201
