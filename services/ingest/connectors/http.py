"""One authorised GET, the same for every network's reading half. Which answers mean what is each network's own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256

import httpx

from runtime.errors import RapportError, Unavailable
from services.ingest.connectors.protocol import Grant

Classify = Callable[[httpx.Response], RapportError]
"""What an answer that is not 2xx means for whoever asked."""


@dataclass(frozen=True, slots=True)
class Api:
    """A network's HTTP API. The token travels in the Authorization header only: addresses are logged."""

    client: httpx.AsyncClient
    network: str
    classify: Classify

    async def get(
        self, grant: Grant, path: str, params: Mapping[str, str | list[str]] | None = None
    ) -> httpx.Response:
        """Return a 2xx answer. Raises what `classify` says, or `Unavailable` when nobody answers."""
        url = f"{grant.base_url.rstrip('/')}/{path.lstrip('/')}"
        try:
            answer = await self.client.get(
                url, params=params, headers=authorization(grant), follow_redirects=False
            )
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise Unavailable(f"{self.network}.unreachable", type(error).__name__) from None
        if not answer.is_success:
            raise self.classify(answer)
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
