"""Calls of the Bot API for reading: the token hidden, the meter asked, answers classed. What is asked lives next door."""

from collections.abc import Mapping
from typing import Any

import httpx

from contracts.networks.telegram import address_of, is_token
from runtime.clock import Clock
from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.http import retry_after_s
from services.ingest.connectors.protocol import Grant, Meter

_PATIENCE_S = 10.0
_CONFLICT_WAIT_S = 30.0
_DEFAULT_WAIT_S = 30.0


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
            raise Unavailable("telegram.unreachable", type(error).__name__) from None
        if answer.is_success and _object(answer).get("ok") is True:
            return answer
        meaning = classify(answer, self._clock)
        if isinstance(meaning, Unavailable) and meaning.retry_after_s:
            self._meter.rest(grant.connection_id, meaning.retry_after_s)
        raise meaning

    async def ask(
        self, grant: Grant, method: str, params: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the result of a call whose result is an object; empty when it is something else."""
        result = _object(await self.call(grant, method, params)).get("result")
        return result if isinstance(result, dict) else {}


def updates_of(answer: httpx.Response) -> list[dict[str, Any]]:
    """Return the updates of an answer of getUpdates."""
    result = _object(answer).get("result")
    return [one for one in result if isinstance(one, dict)] if isinstance(result, list) else []


def classify(answer: httpx.Response, clock: Clock) -> RapportError:
    """Return what an answer that is no success means. No text of the answer is kept."""
    status = _status(answer)
    why = f"HTTP {status}"
    # An unknown or misshapen token is answered 404, a revoked one 401.
    if status in (401, 404):
        return Reauthorise("telegram.grant_refused", why)
    if status == 429:
        return Unavailable("telegram.rate_limited", why, _wait_s(answer, clock))
    if status == 409:
        why = "another program reads this bot, or a webhook is set"
        return Unavailable("telegram.conflict", why, _CONFLICT_WAIT_S)
    if 400 <= status < 500:
        return Invalid("telegram.refused", why)
    return Unavailable("telegram.unavailable", why, retry_after_s(answer.headers, clock.now()))


def _status(answer: httpx.Response) -> int:
    told = _object(answer).get("error_code")
    return told if isinstance(told, int) and not isinstance(told, bool) else answer.status_code


def _wait_s(answer: httpx.Response, clock: Clock) -> float:
    parameters = _object(answer).get("parameters")
    told = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if isinstance(told, int | float) and told > 0:
        return float(told)
    return retry_after_s(answer.headers, clock.now()) or _DEFAULT_WAIT_S


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
