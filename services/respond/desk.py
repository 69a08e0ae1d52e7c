"""What every decision of respond is made with. No decisions here."""

from dataclasses import dataclass

from runtime.clock import Clock
from services.respond.metrics import RespondMetrics
from services.respond.warrants import Warrants


@dataclass(frozen=True, slots=True)
class Desk:
    """The time, what is counted, and what tells a genuine approval from a forged one."""

    clock: Clock
    metrics: RespondMetrics
    warrants: Warrants
