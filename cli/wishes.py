"""Asks ingest for something and waits for what comes of it. The way is the one of the inbox: a wish is
written with its event by the gateway's store, and ingest answers in its own."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cli.stores import Opened, operator
from contracts.connections import Wish
from contracts.ids import random_id
from contracts.scope import BrandScope
from runtime.errors import Conflict, NotFound, Unavailable
from runtime.mongo import Document
from services.gateway.ports import Wanted
from services.gateway.store.accounts import AccountStore
from services.ingest.troubles import advice_for

HEARD_WITHIN_S = 5.0
TAKEN_WITHIN_S = 15.0
DONE_WITHIN_S = 30.0
POLL_S = 0.2
_LATER = "It is not forgotten: it will be done as soon as everything runs."


class Refused(Exception):
    """What was asked cannot be done; the text says what to do about it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The accounts that came of a wish; None when it is still being worked on."""

    accounts: list[Document] | None


def new_wish(brand_id: str, wish: Wish, account: Document | None = None) -> Wanted:
    """Return a wish with an id of its own, about this account of ingest's or a new one."""
    if account is None:
        return Wanted(random_id("req"), brand_id, wish)
    return Wanted(random_id("req"), brand_id, wish, account["_id"], account["network"])


async def ask(opened: Opened, scope: BrandScope, wanted: Wanted) -> None:
    """Write a wish down. Raises `Conflict` or `NotFound` for an account that it does not fit.

    The gateway hears of an account's changes a moment after ingest made them: it is given the time.
    """
    desk = opened.desk
    accounts = AccountStore(opened.gateway, opened.clock, desk.audit, desk.pulses, _nobody)
    viewer = operator(scope.agency_id, {scope.brand_id: "owner"})
    deadline = asyncio.get_running_loop().time() + HEARD_WITHIN_S
    while True:
        try:
            await accounts.ask(viewer.scope, viewer, wanted)
        except (Conflict, NotFound):
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(POLL_S)
        else:
            return


async def outcome(
    opened: Opened, scope: BrandScope, wanted: Wanted, within_s: float = DONE_WITHIN_S
) -> Outcome:
    """Wait for what comes of it. Raises `Refused`, and `Unavailable` when nobody takes it up."""
    taken = await _until(lambda: _kept(opened, scope, wanted, "waiting"), TAKEN_WITHIN_S)
    if taken is None:
        raise Unavailable("ingest.not_running", await _why(opened, scope, wanted))
    settled = await _until(lambda: _kept(opened, scope, wanted, "settled"), within_s)
    if settled is None:
        return Outcome(None)
    if settled["state"] == "refused":
        raise Refused(_sentence(settled, wanted))
    return Outcome(await _accounts(opened, scope, wanted))


async def _until(
    look: Callable[[], Awaitable[Document | None]], within_s: float
) -> Document | None:
    deadline = asyncio.get_running_loop().time() + within_s
    while True:
        found = await look()
        if found is not None or asyncio.get_running_loop().time() > deadline:
            return found
        await asyncio.sleep(POLL_S)


async def _kept(opened: Opened, scope: BrandScope, wanted: Wanted, state: str) -> Document | None:
    where = {"_id": wanted.request_id, "brand_id": scope.brand_id}
    found = await opened.wishes.requests.find_one(where)
    if found is None or (state == "settled" and found["state"] == "waiting"):
        return None
    return found


async def _accounts(opened: Opened, scope: BrandScope, wanted: Wanted) -> list[Document]:
    if wanted.connection_id is None:
        return await opened.ingest.siblings(scope, wanted.request_id)
    found = await opened.ingest.connection(scope, wanted.connection_id)
    return [found] if found else []


async def _why(opened: Opened, scope: BrandScope, wanted: Wanted) -> str:
    where = {"_id": wanted.request_id, "brand_id": scope.brand_id}
    found = await opened.gateway.requests.find_one(where, ["outbox"])
    service = "The gateway" if found and found.get("outbox") else "Ingest"
    return f"{service} does not take it up: is it running? {_LATER}"


def _sentence(settled: Document, wanted: Wanted) -> str:
    code = str(settled.get("code") or "bug.unexpected")
    reason = settled.get("reason") or advice_for(code, wanted.network)
    return f"Refused: {reason} ({code})"


def _nobody() -> None:
    """The gateway that runs elsewhere looks by itself, every second."""
