"""Every account with how well it is read, as ingest keeps it: whole for a program, short for a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cli.finding import every_brand
from cli.stores import Opened
from contracts.scope import brand_filter
from runtime.mongo import Document
from services.ingest.directory import connection_of
from services.ingest.health import trouble_of
from services.ingest.troubles import advice_for

Row = dict[str, Any]
_HEALTH = (
    "last_item_at", "last_read_at", "lag_s", "quota", "gaps_found", "gaps_filled", "gap_items",
    "backfill_since",
)  # fmt: skip
_COUNTS = frozenset({"gaps_found", "gaps_filled", "gap_items"})


async def account_rows(opened: Opened) -> list[Row]:
    """Return every account with its health, those in trouble first and removed ones last."""
    scope, now = await opened.ingest.everyone(), opened.clock.now()
    found = await opened.ingest.list_connections(scope)
    known = {one["_id"]: one for one in await opened.health.find(brand_filter(scope))}
    brands = {brand["_id"]: brand["name"] for brand in await every_brand(opened)}
    rows = [_row(one, known.get(one["_id"], {}), brands, now) for one in found]
    return sorted(rows, key=_rank)


def _row(one: Document, health: Document, brands: Mapping[str, str], now: datetime) -> Row:
    is_removed = one["state"] == "removed"
    code, since = (None, None) if is_removed else trouble_of(connection_of(one), health, now)
    told = {name: health.get(name, 0 if name in _COUNTS else None) for name in _HEALTH}
    return {
        "id": one["_id"],
        "network": one["network"],
        "account": one["account_id"],
        "handle": one.get("handle"),
        "name": one["name"],
        "brand": brands.get(one["brand_id"], one["brand_id"]),
        "state": one["state"],
        "reason": one.get("reason"),
        "is_reading": one["state"] == "active" and code != "source.silent",
        **told,
        "token_expires_at": one.get("token_expires_at"),
        "trouble": code,
        "trouble_since": since,
        "advice": advice_for(code, one["network"]) if code else None,
    }


def _rank(row: Row) -> tuple[bool, bool, str, str]:
    return row["state"] == "removed", row["trouble"] is None, row["brand"], row["network"]


def short_rows(rows: Sequence[Row], now: datetime) -> list[Row]:
    """Return the columns that fit on a screen."""
    return [
        {
            "brand": row["brand"],
            "network": row["network"],
            "name": row["name"],
            "state": row["state"].replace("_", " "),
            "trouble": row["trouble"],
            "last item": _ago(row["last_item_at"], now),
            "last read": _ago(row["last_read_at"], now),
            "lag": _span(row["lag_s"]),
            "quota": _quota(row["quota"]),
            "token ends": _ahead(row["token_expires_at"], now),
            "gaps": _gaps(row),
            "id": row["id"],
        }
        for row in rows
    ]


def remarks(rows: Sequence[Row]) -> list[str]:
    """Return one sentence for each account that needs somebody, or is being read again."""
    told = []
    for row in rows:
        name = f"{row['name']} ({row['network']}, {row['brand']})"
        if row["trouble"]:
            told.append(f"{name}: {row['advice']}")
        if row["backfill_since"]:
            told.append(f"{name}: read again since {row['backfill_since']:%Y-%m-%d %H:%M} UTC.")
    return told


def _gaps(row: Row) -> str | None:
    if not row["gaps_found"] and not row["gap_items"]:
        return None
    return f"{row['gaps_filled']}/{row['gaps_found']} filled, {row['gap_items']} items"


def _quota(quota: Mapping[str, Any] | None) -> str | None:
    if quota is None:
        return None
    limit = quota.get("limit")
    return f"{quota['remaining']}/{limit}" if limit is not None else str(quota["remaining"])


def _ago(at: datetime | None, now: datetime) -> str | None:
    return f"{_span(max(0.0, (now - at).total_seconds()))} ago" if at else None


def _ahead(at: datetime | None, now: datetime) -> str | None:
    if at is None:
        return None
    return f"in {_span((at - now).total_seconds())}" if at > now else "over"


def _span(seconds: float | None) -> str | None:
    """Return a length of time in its largest fitting unit."""
    if seconds is None:
        return None
    for unit, size in (
        ("d", timedelta(days=2)),
        ("h", timedelta(hours=2)),
        ("min", timedelta(minutes=2)),
    ):
        if seconds >= size.total_seconds():
            whole = {"d": 86400, "h": 3600, "min": 60}[unit]
            return f"{seconds / whole:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
