"""One guarded GET of a feed or page, and what its answer means for whoever waits for news."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from runtime.addresses import Refused, checked_url
from runtime.clock import Clock
from runtime.errors import RapportError, Reauthorise, Unavailable
from runtime.net import Oversized, read_at_most
from services.ingest.connectors.feed.document import SIZE_BYTES
from services.ingest.connectors.http import retry_after_s

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.8, */*;q=0.5"
)
_PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: 200 with a body, or 304 without. `moved_to`: use this address from now on."""

    body: bytes | None
    url: str
    headers: Mapping[str, str]
    moved_to: str | None = None


class Fetching:
    """Fetches addresses that people typed and pages named. Raises `Unavailable` or `Reauthorise`."""

    def __init__(self, guarded: httpx.AsyncClient, clock: Clock) -> None:
        self._client = guarded
        self._clock = clock

    async def get(self, url: str, conditions: Mapping[str, str] | None = None) -> Fetched:
        """Return what is there. No credentials are sent; redirects are followed and checked, three at most."""
        try:
            answer = await self._client.get(
                checked_url(url),
                headers={"Accept": _ACCEPT, **(conditions or {})},
                follow_redirects=True,
                extensions=read_at_most(SIZE_BYTES),
            )
        except Oversized as error:
            raise Unavailable("feed.too_large", error.why) from None
        except Refused as error:
            raise Reauthorise("feed.address_forbidden", error.why) from None
        except httpx.TooManyRedirects:
            raise Unavailable("feed.unavailable", "more than three redirects") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable("feed.unreachable", type(error).__name__) from None
        if answer.status_code == 304:
            return Fetched(None, url, answer.headers, _moved_to(answer))
        if not answer.is_success:
            raise self._meaning(answer)
        return Fetched(answer.content, str(answer.url), answer.headers, _moved_to(answer))

    def _meaning(self, answer: httpx.Response) -> RapportError:
        why = f"HTTP {answer.status_code}"
        if answer.status_code == 410:
            return Reauthorise(
                "feed.gone", "the site took this feed away for good: connect its new address"
            )
        if answer.status_code in (401, 403):
            why = f"{why}: the site does not show this feed to everybody"
        return Unavailable(
            "feed.unavailable", why, retry_after_s(answer.headers, self._clock.now())
        )


def _moved_to(answer: httpx.Response) -> str | None:
    """Return the address behind permanent redirects only: behind a temporary one the old stays good."""
    moved: str | None = None
    for hop, after in zip(answer.history, [*answer.history[1:], answer], strict=False):
        if hop.status_code not in _PERMANENT:
            break
        moved = str(after.url)
    return moved
