"""Rules that make a stand-in misbehave, chosen by a seeded die; how it shows is the dialect's matter."""

import random
from typing import Literal

from pydantic import BaseModel, Field

MisKind = Literal[
    "apply_then_drop",
    "apply_then_5xx",
    "error_5xx",
    "rate_limited",
    "slow",
    "revoked_token",
    "html_error",
    "drop",
    "webhook_duplicate",
    "webhook_out_of_order",
    "webhook_delay",
    "stream_cut",
]
AFTER: frozenset[str] = frozenset({"apply_then_drop", "apply_then_5xx"})
_OPERATION_OF = {
    "webhook_duplicate": "webhook",
    "webhook_out_of_order": "webhook",
    "webhook_delay": "webhook",
    "stream_cut": "stream",
}


class Wish(BaseModel):
    """What a caller of POST /__control/misbehave asks for."""

    network: str = "*"
    operation: str | None = None
    kind: MisKind
    share: float = Field(default=1.0, ge=0, le=1)
    count: int | None = Field(default=None, ge=1)
    seed: int = 0
    account: str | None = None
    retry_after_s: float = Field(default=5.0, ge=0)
    delay_s: float = Field(default=5.0, ge=0)


class Rule(BaseModel):
    """A wish in force, with how often it was asked and how often it struck."""

    id: str
    wish: Wish
    asked: int = 0
    struck: int = 0


class Misbehaviour:
    """Asks the rules in the order they were made; the first that strikes wins."""

    def __init__(self) -> None:
        self._rules: dict[str, tuple[Rule, random.Random]] = {}
        self._made = 0

    def add(self, wish: Wish) -> Rule:
        """Put a wish in force until it is removed or has struck `count` times."""
        self._made += 1
        default = _OPERATION_OF.get(wish.kind, "publish")
        wish = wish.model_copy(update={"operation": wish.operation or default})
        rule = Rule(id=f"mis_{self._made}", wish=wish)
        # The die depends on the seed alone, so the same calls in the same order strike again.
        self._rules[rule.id] = (rule, random.Random(wish.seed))
        return rule

    def remove(self, rule_id: str | None = None) -> int:
        """Lift one rule, or all; returns how many were lifted."""
        gone = [rule_id] if rule_id is not None else list(self._rules)
        return sum(self._rules.pop(one, None) is not None for one in gone)

    def rules(self) -> list[Rule]:
        """All rules, also those that are used up."""
        return [rule for rule, _ in self._rules.values()]

    def strike(self, network: str, operation: str, account: str | None = None) -> Wish | None:
        """Throw the die for one call; the wish that struck, or None for good behaviour."""
        for rule, die in self._rules.values():
            if not _is_meant(rule, network, operation, account):
                continue
            rule.asked += 1
            if die.random() < rule.wish.share:
                rule.struck += 1
                return rule.wish
        return None


def _is_meant(rule: Rule, network: str, operation: str, account: str | None) -> bool:
    wish = rule.wish
    return (
        wish.network in ("*", network)
        and wish.operation in ("*", operation)
        and wish.account in (None, account)
        and (wish.count is None or rule.struck < wish.count)
    )
