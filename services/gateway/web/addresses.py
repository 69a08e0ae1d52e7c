"""The queue's state in the address bar: from the query to the filter and back. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast, get_args
from urllib.parse import urlencode

from services.gateway.domain.views import ItemState, MessageView, QueueFilter

LONGEST_SEARCH = 200
STATES: tuple[str, ...] = (*get_args(ItemState), "all")


def read_filter(pairs: Sequence[tuple[str, str]], visible: frozenset[str]) -> QueueFilter:
    """Return the filter an address asks for. What is not understood counts as not asked."""
    last: Mapping[str, str] = {name: value.strip() for name, value in pairs}
    state = last.get("state", "open")
    return QueueFilter(
        brand_ids=frozenset(value for name, value in pairs if name == "brand") & visible,
        state=cast(ItemState, state) if state in STATES else "open",
        intent=last.get("intent") or None,
        network=last.get("network") or None,
        sort="newest" if last.get("sort") == "newest" else "priority",
        text=last.get("q", "")[:LONGEST_SEARCH] or None,
    )


def query_of(ask: QueueFilter) -> str:
    """Return the address's query with its question mark; empty for the plain queue."""
    pairs = [("brand", brand_id) for brand_id in sorted(ask.brand_ids)]
    pairs += [
        (name, value)
        for name, value, usual in (
            ("state", ask.state, "open"),
            ("intent", ask.intent, None),
            ("network", ask.network, None),
            ("sort", ask.sort, "priority"),
            ("q", ask.text, None),
        )
        if value is not None and value != usual
    ]
    return "?" + urlencode(pairs) if pairs else ""


def changed(ask: QueueFilter, **changes: object) -> str:
    """Return the query of the same queue with something changed."""
    return query_of(replace(ask, **changes))  # type: ignore[arg-type]


def is_in_queue(ask: QueueFilter, message: MessageView) -> bool:
    """Say whether a message that changed belongs in the list as it is filtered."""
    intent = message.labels.intent.label if message.labels else None
    return (
        (not ask.brand_ids or message.brand.brand_id in ask.brand_ids)
        and ask.state in ("all", message.state)
        and ask.intent in (None, intent)
        and ask.network in (None, message.network)
        and (not ask.text or ask.text.casefold() in (message.text or "").casefold())
        and not message.is_own
    )
