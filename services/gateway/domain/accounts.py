"""A brand's accounts as they are stored, read for a page: state, health, what was asked. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from contracts.connections import Quota
from services.gateway.domain.account_views import AccountView, HealthView, RequestView
from services.gateway.domain.inbox import Document

QUIET_FOR = timedelta(minutes=10)
EXPIRES_SOON = timedelta(days=7)
_ASKED = ("request_id", "brand_id", "wish", "network", "connection_id", "requested_at")


def account_view(found: Mapping[str, Any]) -> AccountView:
    """Return a stored connection with its health."""
    health = found.get("health")
    return AccountView(
        connection_id=found["_id"],
        network=found["network"],
        name=found["name"],
        handle=found.get("handle"),
        state=found["state"],
        reason=found.get("reason"),
        brand_id=found["brand_id"],
        base_url=found.get("base_url") or "",
        token_expires_at=(health or {}).get("token_expires_at") or found.get("token_expires_at"),
        health=_health(health) if health else None,
    )


def needs_person(account: AccountView) -> bool:
    """Say whether somebody must do something before this account works again."""
    has_trouble = account.health is not None and account.health.trouble is not None
    return account.state == "needs_reauthorisation" or (account.state == "active" and has_trouble)


def request_view(found: Document, health: HealthView | None = None) -> RequestView:
    """Return what was asked and where it stands.

    A check is answered by the next health that was measured after it, too.
    """
    accounts: list[str] = found.get("accounts") or []
    refused = found.get("refused") or {}
    is_seen = (
        found["wish"] in {"check", "backfill"}
        and health is not None
        and health.measured_at > found["requested_at"]
    )
    state = "done" if accounts or is_seen else "refused" if refused else "waiting"
    told: dict[str, Any] = {name: found.get(name) for name in _ASKED if name != "request_id"}
    return RequestView(
        request_id=found["_id"],
        **told,
        requested_by=found["requested_by"],
        state=state,
        accounts=accounts,
        code=refused.get("code"),
        reason=refused.get("reason"),
    )


def _health(health: Document) -> HealthView:
    told: dict[str, Any] = {
        name: health[name] for name in HealthView.__dataclass_fields__ if name in health
    }
    if told.get("quota"):
        told["quota"] = Quota.read(told["quota"])
    return HealthView(**told)
