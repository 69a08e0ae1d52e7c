"""What a network's rules mean for one message: who may be answered, how, until when. Pure."""

from collections.abc import Sequence
from datetime import datetime

from contracts.messages import Kind
from contracts.moderation import ACTS, Act
from contracts.networks import graphemes
from contracts.networks.protocol import Connecting, Measure, Rules
from contracts.networks.table import NETWORKS, rules
from services.gateway.domain.views import MessageView, WindowView

CAREFUL = Measure(1000, "graphemes", graphemes.count)
_PUBLIC_ONLY: frozenset[Act] = frozenset({"hide", "unhide", "delete"})
_PRIVATE_KIND: Kind = "dm"
# A connection's option that lets an answer leave as an approved template after the window closed.
TEMPLATE_OPTION = "template"


def rules_of(network: str) -> Rules:
    """Return the network's rules; careful ones for a network that is newer than this program."""
    if network in NETWORKS:
        return rules(network)
    title = network.replace("_", " ").title()
    return Rules(network, title, CAREFUL, Connecting(()), ("poll",))


def measure_of(network: str, kind: str | None, *, is_private: bool = False) -> Measure:
    """Return how an answer to an item of this kind is counted."""
    found = rules_of(network)
    # A private answer to a public item is a message, and may be as long as one.
    return found.measure_for(_PRIVATE_KIND if is_private else _kind(kind))


def acts_for(network: str, kind: str, *, is_own: bool) -> list[Act]:
    """Return what may be done to an item of this kind at its network, in the usual order."""
    if is_own or kind in {"post", "reaction"}:
        return []
    known = rules_of(network)
    allowed = known.acts - known.own_only
    allowed -= _PUBLIC_ONLY if kind == _PRIVATE_KIND else frozenset()
    return [act for act in ACTS if act in allowed]


def acts_for_own(network: str) -> list[Act]:
    """Return what may be done to our own answers."""
    return ["delete"] if "delete" in rules_of(network).acts else []


def private_until(
    network: str, kind: str, created_at: datetime, visibility: str | None
) -> datetime | None:
    """Return until when a public item may be answered by a private message; None: never."""
    limit = rules_of(network).private_answer_for
    is_public = kind not in {_PRIVATE_KIND, "review", "post"} and visibility not in _CLOSED
    return created_at + limit if limit is not None and is_public else None


_CLOSED = frozenset({"direct", "private"})


def window_of(network: str, kind: str, last_from_person_at: datetime) -> WindowView | None:
    """Return the window in which the person may be written to; None where there is none."""
    window = rules_of(network).window
    if window is None or kind not in window.kinds:
        return None
    return WindowView(
        last_from_person_at=last_from_person_at,
        closes_at=window.closes_at(last_from_person_at, is_by_person=True),
        automatic_closes_at=window.closes_at(last_from_person_at, is_by_person=False),
        code=window.closed_code,
        advice=window.advice,
    )


def thread_window(messages: Sequence[MessageView], focus: MessageView) -> WindowView | None:
    """Return the window of the conversation that hangs on the message looked at."""
    if focus.is_own:
        return None
    who = focus.author_id or focus.author_handle
    mine = [one for one in messages if not one.is_own and _is_by(one, who)]
    last = max((one.created_at for one in [*mine, focus]), default=focus.created_at)
    return window_of(focus.network, focus.kind, last)


def _is_by(one: MessageView, who: str | None) -> bool:
    return who is not None and who in (one.author_id, one.author_handle)


def _kind(kind: str | None) -> Kind | None:
    return kind if kind in _KINDS else None  # type: ignore[return-value]


_KINDS = frozenset({"post", "comment", "mention", "dm", "review", "reaction"})
