"""One authorised GET, the same for every network's reading half. Which answers mean what is each network's own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any

import httpx

from contracts.connections import Quota
from runtime.errors import RapportError, Unavailable
from services.ingest.connectors.protocol import Grant, Meter

Classify = Callable[[httpx.Response], RapportError]
"""What an answer that is not 2xx means for whoever asked."""


QuotaOf = Callable[[httpx.Response], Quota | None]
"""What a network's answer says about the calls that are left."""


def untold(_answer: httpx.Response) -> Quota | None:
    """Return None: the network does not say."""
    return None


@dataclass(frozen=True, slots=True)
class Api:
    """A network's HTTP API. The token travels in the Authorization header only: addresses are logged.

    `authorize` gives the headers that carry it. No call is made while the meter says to wait.
    """

    client: httpx.AsyncClient
    network: str
    classify: Classify
    meter: Meter
    quota_of: QuotaOf = untold
    authorize: Callable[[Grant], dict[str, str]] = field(default_factory=lambda: authorization)

    async def get(
        self, grant: Grant, path: str, params: Mapping[str, str | list[str]] | None = None
    ) -> httpx.Response:
        """Return a 2xx answer. Raises what `classify` says, or `Unavailable` when nobody answers."""
        return await self._call(grant, "GET", path, params=params)

    async def post(
        self, grant: Grant, path: str, body: Mapping[str, object] | None = None
    ) -> httpx.Response:
        """Send JSON that changes nothing a person would see (a session, a subscription); None: no body."""
        return await self._call(grant, "POST", path, json=body)

    async def _call(self, grant: Grant, method: str, path: str, **what: Any) -> httpx.Response:
        await self.meter.gate(grant.connection_id)
        url = f"{grant.base_url.rstrip('/')}/{path.lstrip('/')}"
        try:
            answer = await self.client.request(
                method, url, headers=self.authorize(grant), follow_redirects=False, **what
            )
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise Unavailable(f"{self.network}.unreachable", type(error).__name__) from None
        quota = self.quota_of(answer)
        if quota is not None:
            self.meter.note(grant.connection_id, quota)
        if not answer.is_success:
            meaning = self.classify(answer)
            if isinstance(meaning, Unavailable) and meaning.retry_after_s:
                self.meter.rest(grant.connection_id, meaning.retry_after_s)
            raise meaning
        return answer


def authorization(grant: Grant) -> dict[str, str]:
    """Return the header that carries the token."""
    return {"Authorization": f"Bearer {grant.token}"}


def content_key(place: str, raw: bytes) -> str:
    """Return the natural key of what was read: the same bytes from the same place are the same delivery."""
    return f"{place}:{sha256(raw).hexdigest()[:32]}"


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds of a Retry-After header (a number or an HTTP date), or None (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    at = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())
