"""A run under fire: messages flow, people approve, and services are killed at random moments."""

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from contracts.topics import SERVICES
from tests.e2e.journey import PAGES, History, Journey

BATCH = 50


@dataclass(frozen=True)
class Plan:
    """How many messages over how many seconds, whom to kill, and the seed that repeats it."""

    messages: int = 10_000
    over_s: float = 40.0
    victims: Sequence[str] = SERVICES
    approvals: int = 120
    seed: int = 1


def run(journey: Journey, plan: Plan) -> History:
    """Write, approve and kill as planned; wait until all is settled; return the history."""
    chance = random.Random(plan.seed)
    moments = sorted(chance.uniform(0.1, 0.9) * plan.over_s for _ in plan.victims)
    victims = list(plan.victims)
    chance.shuffle(victims)
    people = threading.Thread(target=approve_all, args=(journey, plan))
    writers = threading.Thread(target=write_all, args=(journey, plan))
    started = time.monotonic()
    writers.start()
    people.start()
    for victim, moment in zip(victims, moments, strict=True):
        time.sleep(max(started + moment - time.monotonic(), 0))
        journey.platform.kill(victim)
        journey.platform.restart(victim)
    writers.join()
    people.join()
    settle(journey, plan)
    return journey.history()


def write_all(journey: Journey, plan: Plan) -> None:
    """Let people comment on all pages at a steady pace."""
    started = time.monotonic()
    for number in range(0, plan.messages, BATCH):
        due = started + plan.over_s * number / plan.messages
        time.sleep(max(due - time.monotonic(), 0))
        count = min(BATCH, plan.messages - number)
        journey.comment(PAGES[number // BATCH % len(PAGES)], count=count, text=TEXT)


TEXT = "Hello, do you have number {n} in stock?"


def approve_all(journey: Journey, plan: Plan) -> None:
    """Approve drafts as they come, for as long as messages are written and a little longer."""
    seen: set[str] = set()
    approved = 0
    deadline = time.monotonic() + plan.over_s + 20
    while approved < plan.approvals and time.monotonic() < deadline:
        approved += journey.approve_some(5, seen)
        time.sleep(0.2)


def settle(journey: Journey, plan: Plan, within_s: float = 150) -> None:
    """Wait until every message is shown and every reply settled, or the time is up."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            history = journey.history()
        except httpx.TransportError:
            continue
        is_whole = history.written >= plan.messages and not history.lost
        if is_whole and not history.without_labels and not history.unsettled:
            return
        time.sleep(1)
