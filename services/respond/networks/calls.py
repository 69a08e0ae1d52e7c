"""One call of a writing half, and what every answer of JSON is asked for. Which answers mean what is each network's own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from services.respond.networks.protocol import (
    Account,
    Done,
    Failure,
    Moderated,
    Permanent,
    Retry,
    Unknown,
    classify_transport,
)

_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Caller:
    """A network's HTTP API for an account. The token travels in a header: addresses are logged."""

    client: httpx.AsyncClient
    classify: Callable[[httpx.Response], Failure]
    headers: Callable[[Account], dict[str, str]] = field(default_factory=lambda: bearer)

    async def ask(
        self, account: Account, method: str, path: str, **what: Any
    ) -> httpx.Response | Failure:
        """Return a 2xx answer, or what became of the call. `what` goes to httpx (json, data, params,
        headers beside the account's)."""
        url = f"{account.base_url.rstrip('/')}/{path.lstrip('/')}"
        headers = {**self.headers(account), **what.pop("headers", {})}
        try:
            answer = await self.client.request(
                method, url, headers=headers, follow_redirects=False, **what
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return classify_transport(error)
        return answer if answer.is_success else self.classify(answer)


def bearer(account: Account) -> dict[str, str]:
    """Return the header that carries the token."""
    return {"Authorization": f"Bearer {account.token}"}


def object_of(answer: httpx.Response) -> Mapping[str, Any]:
    """Return the JSON object of an answer; empty when it is none (an HTML page of a proxy)."""
    try:
        told = answer.json()
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def within(value: object, *path: str) -> Any:
    """Return what lies at the end of a path of objects, or None."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def objects(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list; what is no list has none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text_of(value: object, default: str) -> str:
    """Return a reason fit for an agent: a text that is not too long, else the default."""
    return value.strip()[:_LONGEST_REASON] if isinstance(value, str) and value.strip() else default


def moment_of(value: object) -> datetime | None:
    """Return an ISO moment or unix seconds as a moment in UTC, or None."""
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        at = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def told_wait_s(answer: httpx.Response, now: datetime) -> float | None:
    """Return the seconds of a Retry-After header (a number or an HTTP date), or None (RFC 9110, 10.2.3)."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return float(value[:12])
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())


def harmless(failure: Failure) -> Failure:
    """Return a failure of a call before the one that writes: nothing stands anywhere, so it is no doubt."""
    is_harmless = isinstance(failure, Unknown | Retry)
    return Retry(failure.code, failure.reason) if is_harmless else failure


def done_of(answer: httpx.Response | Failure, gone_code: str | None = None) -> Moderated:
    """Return what became of an act that may be done twice. `gone_code`: what it is done to may be gone."""
    if isinstance(answer, httpx.Response):
        return Done()
    if isinstance(answer, Unknown):
        return Retry(answer.code, answer.reason, is_doubtful=True)
    is_over = isinstance(answer, Permanent) and answer.code == gone_code
    return Done() if is_over else answer
