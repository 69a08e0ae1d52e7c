"""Calls of the Bot API for reading: the token hidden, the meter asked. What answers mean lives in errors."""

from collections.abc import Mapping
from typing import Any

import httpx

from contracts.networks.telegram import address_of, is_token
from runtime.clock import Clock
from runtime.errors import Reauthorise, Unavailable
from services.ingest.connectors.protocol import Grant, Meter
from services.ingest.connectors.telegram.errors import classify, object_of, unreachable

_PATIENCE_S = 10.0


class Bot:
    """Makes calls as a bot. The token is in no address that httpx logs, shows or puts into an error."""

    def __init__(self, client: httpx.AsyncClient, clock: Clock, meter: Meter) -> None:
        self._client = client
        self._clock = clock
        self._meter = meter

    async def call(
        self, grant: Grant, method: str, params: Mapping[str, Any] | None = None, wait_s: float = 0
    ) -> httpx.Response:
        """Return a 2xx answer; the network may hold it back for `wait_s`. Raises as a reader does."""
        if not is_token(grant.token):
            raise Reauthorise("telegram.grant_refused", "what is stored is no bot token")
        await self._meter.gate(grant.connection_id)
        shown, target = address_of(grant.base_url, grant.token, method)
        try:
            answer = await self._client.post(
                shown,
                json=dict(params or {}),
                timeout=httpx.Timeout(_PATIENCE_S, read=wait_s + _PATIENCE_S),
                follow_redirects=False,
                extensions={"target": target},
            )
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise unreachable(error) from None
        if answer.is_success and object_of(answer).get("ok") is True:
            return answer
        meaning = classify(answer, self._clock)
        if isinstance(meaning, Unavailable) and meaning.retry_after_s:
            self._meter.rest(grant.connection_id, meaning.retry_after_s)
        raise meaning

    async def ask(
        self, grant: Grant, method: str, params: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the result of a call whose result is an object; empty when it is something else."""
        result = object_of(await self.call(grant, method, params)).get("result")
        return result if isinstance(result, dict) else {}


def updates_of(answer: httpx.Response) -> list[dict[str, Any]]:
    """Return the updates of an answer of getUpdates."""
    result = object_of(answer).get("result")
    return [one for one in result if isinstance(one, dict)] if isinstance(result, list) else []
