"""May this answer leave now, by the network's time for messages and private answers? Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from contracts.messages import Kind
from contracts.networks.protocol import Rules, Window

_PUBLIC_ONLY = ("private.unsupported", "this network has no private answer to such an item")


@dataclass(frozen=True, slots=True)
class Asked:
    """What shall be sent: to which kind of item, written when, by whom, and how.

    `last_from_person_at` is when the person last wrote in this conversation; null when nobody knows.
    """

    kind: Kind
    written_at: datetime | None
    last_from_person_at: datetime | None
    is_by_person: bool
    is_private: bool
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Open:
    """It may leave. `is_in_window`: without any exception."""

    is_in_window: bool = True


def check(rules: Rules, asked: Asked, now: datetime) -> Open | tuple[str, str]:
    """Return that it may leave, or the code and the advice why not."""
    if asked.is_private:
        return _check_private(rules, asked, now)
    window = rules.window
    if window is None or asked.kind not in window.kinds:
        return Open()
    return _check_window(window, asked, now)


def _check_window(window: Window, asked: Asked, now: datetime) -> Open | tuple[str, str]:
    known = (asked.last_from_person_at, asked.written_at)
    last_at = max((at for at in known if at is not None), default=None)
    if last_at is not None and now < window.closes_at(last_at, is_by_person=False):
        return Open()
    is_for_person = last_at is not None and now < window.closes_at(last_at, is_by_person=True)
    if asked.is_by_person and is_for_person:
        return Open(is_in_window=False)
    if window.lifted_by is not None and asked.options.get(window.lifted_by):
        return Open(is_in_window=False)
    return window.closed_code, window.advice


def _check_private(rules: Rules, asked: Asked, now: datetime) -> Open | tuple[str, str]:
    allowed_for = rules.private_answer_for
    if allowed_for is None:
        return _PUBLIC_ONLY
    if asked.written_at is None or now >= asked.written_at + allowed_for:
        days = allowed_for.total_seconds() / 86_400
        return "private.too_late", f"{rules.title} takes a private answer within {days:g} days"
    return Open()
