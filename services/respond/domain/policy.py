"""Who may release an answer: the brand's policy applied to one understood message. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from contracts.brands import Policy
from contracts.messages import Labels, MessageReceived
from contracts.replies import Approval

ANSWERED_KINDS = frozenset({"post", "comment", "mention", "dm", "review"})
UNANSWERED_INTENTS = frozenset({"other", "spam"})
NEVER_AUTOMATIC = frozenset({"spam", "abuse"})
_NO = frozenset({"false", "no", "none", "not", "ham", "clean", "not_offensive", "not_spam"})
STALE_AFTER = timedelta(hours=24)
# An address with or without its scheme: "Great.Thanks" is none, a spammer's "win-now.example" is.
_LINK = re.compile(
    r"(?:https?|hxxps?)\s*:|www\.|\b(?:[a-z0-9-]+\.)+[a-z]{2,}/"
    r"|\b(?:[a-z0-9-]+\.)+(?:com|net|org|info|biz|shop|store|online|site|xyz|top|link|click|app|io|me|ly|co|cc"
    r"|ru|cn|example|de|es|fr|it|pt|eu|uk|br|us|ch|at|nl|be)\b|\S@\S+\.[a-z]{2,}",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w#])(?:\+|00)?\(?\d(?:[\s./()-]{0,2}\d){8,14}(?!\w)")
_HANDLE = re.compile(r"(?<![\w@.])@([\w.-]*\w)")


@dataclass(frozen=True, slots=True)
class Decision:
    """Who may release the answer, and why, as stable codes. `approval` is null when none is drafted."""

    approval: Approval | None
    codes: tuple[str, ...]

    @property
    def is_automatic(self) -> bool:
        """Say whether the service itself releases it."""
        return self.approval == "none"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the policy must know besides the message and its labels.

    `is_open`: within the brand's hours. `is_routed`: its wording rules want an approver for the text.
    """

    author_count_today: int = 0
    has_answer: bool = True
    is_own_language: bool = True
    brand_name: str = ""
    is_open: bool = True
    is_routed: bool = False


def is_answerable(message: MessageReceived) -> bool:
    """Say whether anybody would answer this at all."""
    return (
        not message.is_own
        and message.kind in ANSWERED_KINDS
        and message.action in {"created", "edited"}
    )


def decide(
    policy: Policy, labels: Labels, message: MessageReceived, circumstances: Circumstances
) -> Decision:
    """Return who may release an answer to this message."""
    if policy.mode == "silent":
        return Decision(None, ("policy.silent",))
    if policy.mode == "suggest":
        return Decision("agent", ("policy.suggest",))
    if policy.mode == "hold":
        return Decision("approver", ("policy.hold",))
    held = (
        *_held_by_policy(policy, labels),
        *_held_by_labels(policy, labels),
        *_held_by_circumstances(policy, message, circumstances),
        *_held_by_rules(circumstances),
    )
    return Decision("approver", held) if held else Decision("none", ("policy.automatic",))


def why_no_draft(labels: Labels | None) -> str | None:
    """Return the code why nothing is proposed to this message, or None when something is."""
    if labels is None:
        return "message.no_text"
    if labels.intent.label in UNANSWERED_INTENTS:
        return "intent.other" if labels.intent.label == "other" else "intent.spam"
    return None


def is_never_automatic(labels: Labels) -> bool:
    """Say whether nobody but a person may answer this, whatever the brand's rules say."""
    kinds = (labels.spam, labels.offensive)
    return labels.intent.label in NEVER_AUTOMATIC or any(
        kind is not None and kind.label not in _NO for kind in kinds
    )


def _held_by_policy(policy: Policy, labels: Labels) -> Iterator[str]:
    if policy.is_automatic_stopped:
        yield "automatic.stopped"
    if labels.intent.label not in policy.automatic_intents:
        yield "automatic.intent"
    if is_never_automatic(labels):
        yield "automatic.never"


def _held_by_labels(policy: Policy, labels: Labels) -> Iterator[str]:
    if _probability(labels.intent.p, labels.intent.label) < policy.minimum_confidence:
        yield "automatic.intent_unsure"
    if _probability(labels.sentiment.p, labels.sentiment.label) < policy.minimum_confidence:
        yield "automatic.sentiment_unsure"
    if labels.sentiment.label == "negative":
        yield "automatic.negative"
    if _urgency(labels.urgency.label) > policy.maximum_urgency:
        yield "automatic.urgent"
    if labels.needs_human.label != "false":
        yield "automatic.needs_human"
    if labels.unsure:
        yield "automatic.unsure"


def _held_by_circumstances(
    policy: Policy, message: MessageReceived, circumstances: Circumstances
) -> Iterator[str]:
    if not circumstances.has_answer:
        yield "automatic.no_answer"
    if not circumstances.is_own_language:
        yield "automatic.language"
    if message.is_automatic:
        yield "message.automatic"
    yield from _lures_in(message, circumstances.brand_name)
    if message.is_late or _is_stale(message):
        yield "automatic.late"
    if not author_of(message):
        yield "automatic.author_unknown"
    elif circumstances.author_count_today >= policy.per_author_per_day:
        yield "automatic.author_limit"


def _held_by_rules(circumstances: Circumstances) -> Iterator[str]:
    if not circumstances.is_open:
        yield "automatic.hours"
    if circumstances.is_routed:
        yield "automatic.wording"


def _lures_in(message: MessageReceived, brand_name: str) -> Iterator[str]:
    """What spam carries, and what an answer in public would only help to spread."""
    text = unicodedata.normalize("NFKC", message.text or "")
    if _LINK.search(text):
        yield "automatic.link"
    if _PHONE.search(text):
        yield "automatic.phone"
    handles = {handle.casefold() for handle in _HANDLE.findall(text)}
    others = {handle for handle in handles if not _is_named(handle, brand_name)}
    # A mention names the brand, by whatever handle it has.
    is_brand_unseen = message.kind == "mention" and len(others) == len(handles)
    if len(others) > is_brand_unseen:
        yield "automatic.mention"


def _is_named(handle: str, brand_name: str) -> bool:
    """Say whether the handle is the brand's: the beginning of its name, as in @nordlicht."""
    local = _letters(handle)
    return len(local) >= 3 and _letters(brand_name).startswith(local)


def _letters(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if char.isalnum())


def author_of(message: MessageReceived) -> str | None:
    """Return what tells this author from others at one network, or None."""
    return message.author_id or message.author_handle


def _is_stale(message: MessageReceived) -> bool:
    written_at = message.created_at
    return written_at is not None and message.received_at - written_at > STALE_AFTER


def _probability(p: dict[str, float], label: str) -> float:
    return p.get(label, 0.0)


def _urgency(label: str) -> int:
    # A label we do not know is treated as the most urgent.
    return int(label) if label.isdigit() else 3
