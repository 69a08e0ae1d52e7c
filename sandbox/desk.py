"""Takes every network call: asks misbehaviour, runs the action, notes the journal. No formats here."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from sandbox.ledger import Journal
from sandbox.misbehaviour import AFTER, Misbehaviour, Wish
from sandbox.models import Account, Network
from sandbox.world import Now

# The protocol class of server.py puts the connection's abort() here.
ABORT = "sandbox_abort"


class Dialect(Protocol):
    """The error answers of one network."""

    def revoked(self) -> Response:
        """The token was taken back."""

    def rate_limited(self, wish: Wish) -> Response:
        """Too many calls; the wish says how long to wait."""

    def server_error(self) -> Response:
        """5xx in the network's own form."""

    def proxy_page(self) -> Response:
        """5xx as an HTML page."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the product to a stand-in; `outcome` is what the ledger shall say of it."""

    request: Request
    network: Network
    operation: str
    account: Account | None
    wish: Wish | None

    @property
    def outcome(self) -> str:
        """What the caller is going to be told when the action is applied."""
        if self.wish is None or self.wish.kind not in AFTER:
            return "answered"
        return "dropped" if self.wish.kind == "apply_then_drop" else "answered_5xx"


Action = Callable[[Call], Awaitable[Response]]


class Desk:
    """One per process; the dialects differ by network."""

    def __init__(
        self,
        misbehaviour: Misbehaviour,
        journal: Journal,
        dialects: dict[Network, Dialect],
        now: Now,
    ) -> None:
        self._misbehaviour = misbehaviour
        self._journal = journal
        self._dialects = dialects
        self._now = now

    async def serve(
        self,
        request: Request,
        network: Network,
        operation: str,
        account: Account | None,
        action: Action,
    ) -> Response:
        """Run `action` unless a rule strikes first; a struck rule may also spoil the answer."""
        name, began_at = account.id if account else None, self._now()
        wish = self._misbehaviour.strike(network, operation, name)
        call = Call(request, network, operation, account, wish)
        response = await self._before(call)
        if response is None:
            response = await self._after(call, await action(call))
        self._note(call, response, began_at)
        return response

    async def _before(self, call: Call) -> Response | None:
        wish, dialect = call.wish, self._dialects[call.network]
        if wish is None or wish.kind in AFTER:
            return None
        if wish.kind == "slow":
            # Read before the caller has gone: what is slow is applied all the same.
            with suppress(RuntimeError):  # it was read as a form already
                await call.request.body()
            await asyncio.sleep(wish.delay_s)
            return None
        if wish.kind == "drop":
            return await _drop(call.request)
        if wish.kind == "rate_limited":
            return dialect.rate_limited(wish)
        plain = {
            "error_5xx": dialect.server_error,
            "revoked_token": dialect.revoked,
            "html_error": dialect.proxy_page,
        }
        make = plain.get(wish.kind)
        return make() if make else None

    async def _after(self, call: Call, response: Response) -> Response:
        if call.outcome == "dropped":
            return await _drop(call.request)
        if call.outcome == "answered_5xx":
            return self._dialects[call.network].server_error()
        return response

    def _note(self, call: Call, response: Response, began_at: datetime) -> None:
        wish = call.wish
        self._journal.note(
            {
                "began_at": began_at.isoformat(),
                "at": self._now().isoformat(),
                "network": call.network,
                "operation": call.operation,
                "method": call.request.method,
                "path": call.request.url.path,
                "status": response.status_code,
                "account": call.account.id if call.account else None,
                "outcome": wish.kind if wish else str(response.status_code),
                "wait_s": wish.retry_after_s if wish and wish.kind == "rate_limited" else None,
            }
        )


async def _drop(request: Request) -> Response:
    """Close the connection without an answer; behind another server it becomes a bare 500."""
    abort = request.scope.get("extensions", {}).get(ABORT)
    if abort is not None:
        abort()
        # Let the loop tell the connection that it is lost before anything is written to it.
        await asyncio.sleep(0.01)
    return Response(status_code=500)
