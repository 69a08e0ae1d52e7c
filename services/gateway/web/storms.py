"""The words of storms: levels, steps, the log, pages; and which tone a level has. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

Words = Mapping[str, str]
LEVELS: Words = MappingProxyType({
    "calm": "Calm", "watch": "Watch", "storm": "Storm", "subsiding": "Subsiding",
})  # fmt: skip
STEP_LEVELS: Words = MappingProxyType({
    "watch": "Watch", "storm": "Storm, from S2", "serious": "Serious, from S3",
    "subsiding": "Subsiding",
})  # fmt: skip
STEP_ROLES: Words = MappingProxyType({
    "agent": "Agent", "lead": "Lead", "approver": "Approver", "on_call": "On-call",
    "client": "Client lead", "legal": "Legal",
})  # fmt: skip
CALLED_ROLES: Words = MappingProxyType({
    name: STEP_ROLES[name] for name in ("on_call", "client", "legal")
})  # fmt: skip
WAYS: Words = MappingProxyType({
    "manual": "By hand", "one_click": "One press", "automatic": "By itself",
})  # fmt: skip
ACTS: Words = MappingProxyType({
    "none": "Nothing in Rapport", "freeze": "Stops what goes out by itself", "page": "Pages the role",
    "statement": "Signs off a statement", "resume": "Lists the held answers",
})  # fmt: skip
LOG_KINDS: Words = MappingProxyType({
    "transition": "State", "freeze": "Frozen", "resume": "Let go", "page": "Paged",
    "acknowledged": "Acknowledged", "escalated": "Escalated", "unreachable": "Not reached",
    "step": "Step", "statement": "Statement", "signed": "Signed off", "note": "Note",
    "steer": "Steered", "verdict": "Verdict", "drill": "Drill",
})  # fmt: skip
PAGE_STATES: Words = MappingProxyType({
    "open": "Waits for an answer", "acknowledged": "Acknowledged", "exhausted": "Nobody answered",
    "over": "Over",
})  # fmt: skip
DELIVERY_STATES: Words = MappingProxyType({
    "waiting": "Being tried", "sent": "Delivered", "failed": "Not delivered", "dropped": "Not needed",
})  # fmt: skip


def level_words(level: str, severity: int) -> str:
    """Return a level with its severity: `Storm S2`, `Watch`."""
    is_graded = level in {"storm", "subsiding"} and severity > 0
    return f"{LEVELS[level]} S{severity}" if is_graded else LEVELS[level]


def tone_of(level: str, severity: int) -> str:
    """Return red for what is out of hand, amber for a storm, nothing for what only needs an eye."""
    if level != "storm":
        return ""
    return "red" if severity >= 3 else "amber"
