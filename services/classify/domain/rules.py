"""Readable rules on top of the learned weights: what must never depend on what the model happened to see.

A rule looks at cues only and adds a stated amount to some logits; every rule that fired is reported by name.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

TROUBLE = frozenset(
    {
        "negative",
        "broken",
        "late",
        "no_answer",
        "money",
        "scam",
        "anger",
        "not_praise",
        "emoji_angry",
    }
)
DANGER = frozenset({"injury", "fire", "poison"})
PLEASED = frozenset({"praise", "thanks", "emoji_love", "emoji_happy"})


@dataclass(frozen=True, slots=True)
class Rule:
    """Fires when every set of `needs` shares a cue with the message and no cue of `unless` is there.

    `adds` maps (head, label) to what is added to that logit.
    """

    name: str
    needs: tuple[frozenset[str], ...]
    adds: Mapping[tuple[str, str], float]
    unless: frozenset[str] = field(default=frozenset())

    def fires(self, cues: Collection[str]) -> bool:
        """Whether the rule applies to a message with these cues."""
        for need in self.needs:
            if need.isdisjoint(cues):
                return False
        return self.unless.isdisjoint(cues)


def _any(*names: str) -> frozenset[str]:
    return frozenset(names)


_SERIOUS = {("urgency", "3"): 2.4, ("intent", "complaint"): 0.8, ("sentiment", "negative"): 0.8}
_ALARM = {("urgency", "3"): 2.0}
_HEATED = {("urgency", "2"): 1.2, ("intent", "complaint"): 1.6, ("sentiment", "negative"): 1.2}
RULES = (
    Rule("safety", (DANGER,), _SERIOUS, PLEASED | _any("question_mark", "laugh")),
    Rule("safety_question", (DANGER, _any("question_mark"), TROUBLE), _ALARM, PLEASED),
    Rule("allergy", (_any("allergy"), TROUBLE | DANGER | _any("exclaims")), _SERIOUS, _any("question_mark")),
    Rule("crisis", (_any("crisis"),), {("urgency", "3"): 5.0, ("sentiment", "negative"): 1.0}),
    Rule("legal", (_any("legal"),), _ALARM, _any("question_mark")),
    Rule("press", (_any("press"),), {("urgency", "3"): 1.2}, PLEASED | _any("friend")),
    Rule("security", (_any("security"),), {("urgency", "3"): 1.0}, PLEASED),
    Rule("outage", (_any("outage"), _any("broken", "late", "anger", "exclaims", "emoji_alarm", "no_answer")), {("urgency", "3"): 0.8}),
    Rule("handoff", (_any("handoff"), _any("request", "negation", "deadline", "no_answer", "anger", "question_mark")),
         {("urgency", "2"): 0.8, ("intent", "request"): 0.5}, _any("praise", "thanks")),
    Rule("repeated_contact", (_any("repeated"), TROUBLE), _HEATED),
    Rule("money_trouble", (_any("money", "scam"), TROUBLE - _any("money") | _any("repeated", "exclaims")), _HEATED,
         _any("ask_first")),
    Rule("deadline_at_risk", (_any("deadline"), _any("late", "broken", "money", "no_answer")),
         {("urgency", "2"): 1.0, ("sentiment", "negative"): 0.8}, _any("ask_first")),
    Rule("leaving", (_any("leave"),), {("urgency", "2"): 0.6, ("intent", "complaint"): 0.8,
                                       ("sentiment", "negative"): 0.6}, _any("praise", "question_mark")),
    Rule("insult", (_any("swear"), TROUBLE - _any("emoji_angry")), {("urgency", "2"): 0.4}, _any("praise")),
    Rule("irony", (_any("irony", "emoji_sneer"), _any("late", "broken", "no_answer", "money", "negative", "emoji_sneer")),
         {("sentiment", "negative"): 2.0, ("intent", "complaint"): 1.0}),
    Rule("spam", (_any("spam"),), {("intent", "spam"): 0.8, ("urgency", "0"): 0.8},
         TROUBLE | _any("request", "wh_first", "ask_first")),
    Rule("pleased_emoji", (_any("only_emoji"), _any("emoji_love", "emoji_happy")),
         {("intent", "praise"): 3.0, ("urgency", "0"): 3.0, ("sentiment", "positive"): 1.5},
         _any("emoji_angry", "emoji_sad", "emoji_sneer", "question_mark")),
    Rule("angry_emoji", (_any("only_emoji"), _any("emoji_angry")), {("sentiment", "negative"): 2.0}),
    Rule("emoji_only", (_any("only_emoji"),), {("intent", "other"): 2.0, ("urgency", "0"): 2.0},
         _any("emoji_love", "emoji_happy")),
    Rule("tags_friends", (_any("mention_mostly"),), {("intent", "other"): 1.2, ("urgency", "0"): 1.0},
         TROUBLE | PLEASED | _any("question_mark", "request")),
    Rule("thanks", (_any("thanks"),), {("intent", "praise"): 1.0, ("urgency", "0"): 0.8, ("sentiment", "positive"): 0.8},
         TROUBLE | _any("irony", "question_mark", "request", "ask_first", "emoji_sneer", "handoff")),
    Rule("question_form", (_any("question_mark"), _any("wh_first", "ask_first", "topic")), {("intent", "question"): 1.0},
         TROUBLE | DANGER | _any("emoji_sneer", "repeated", "handoff", "request")),
    Rule("calm_question", (_any("calm_question"), _any("ends_asking", "wh_first", "ask_first")),
         {("intent", "complaint"): -1.2, ("sentiment", "negative"): -0.6, ("urgency", "1"): 0.5}, _any("deadline", "handoff")),
    Rule("promotion", (_any("spam"), _any("link", "spam_and_link", "spam_and_praise")),
         {("intent", "spam"): 2.0, ("spam", "spam"): 1.0, ("urgency", "0"): 1.0, ("intent", "praise"): -1.0},
         TROUBLE | _any("repeated")),
)  # fmt: skip
BLANK = Rule(
    "blank",
    (),
    {
        ("intent", "other"): 9.0,
        ("urgency", "0"): 9.0,
        ("sentiment", "neutral"): 9.0,
        ("emotion", "neutral"): 9.0,
        ("offensive", "offensive"): -9.0,
        ("irony", "irony"): -9.0,
        ("spam", "spam"): -9.0,
    },
)
_FIRST_NEEDED = frozenset(cue for rule in RULES for cue in rule.needs[0])
SAFETY_RULES = frozenset(
    {"safety", "safety_question", "allergy", "legal", "press", "security", "outage", "crisis"}
)


def fired(cues: Collection[str]) -> list[Rule]:
    """The rules that apply to a message with these cues, in the order they are written."""
    if _FIRST_NEEDED.isdisjoint(cues):
        return []
    present = frozenset(cues)
    return [rule for rule in RULES if rule.fires(present)]


def human_points(
    *, urgent: float, someone: float, intent: Mapping[str, float], rules: Collection[str]
) -> dict[str, float]:
    """Points of `needs_human` by reason; their sum is its logit. -2.5 to begin with, +4 x P(urgency >= 2), +3 x
    P(complaint), +3 x P(abuse) x P(urgency >= 1), +1 x doubt about the intent (1 - its highest probability), +3 when a person is asked for, +2 when a
    safety rule fired; a blank message needs nobody.
    """
    if "blank" in rules:
        return {"blank": -6.0}
    points = {
        "start": -2.5,
        "urgent": 4.0 * urgent,
        "complaint": 3.0 * intent["complaint"],
        "abuse": 3.0 * intent.get("abuse", 0.0) * someone,
        "doubt": 1.0 - max(intent.values()),
    }
    if "handoff" in rules:
        points["handoff"] = 3.0
    if not SAFETY_RULES.isdisjoint(rules):
        points["safety"] = 2.0
    return points


def human_share(score: float) -> float:
    """The probability that a person is needed."""
    return 1.0 / (1.0 + math.exp(-score))
