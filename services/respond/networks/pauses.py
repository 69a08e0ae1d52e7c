"""Holds back the later calls of an operation when its account was told to wait since it began.

An operation may be several calls (read the parent, then write). Another operation of the same account
may be answered "wait" in between; whoever began earlier must hear of it before every call.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import httpx

_IS_RESTING: ContextVar[Callable[[], bool] | None] = ContextVar("is_resting", default=None)


@contextmanager
def watching(is_resting: Callable[[], bool]) -> Iterator[None]:
    """Ask this before every HTTP call that is made inside."""
    token = _IS_RESTING.set(is_resting)
    try:
        yield
    finally:
        _IS_RESTING.reset(token)


def watch(client: httpx.AsyncClient) -> None:
    """Let a client hold calls back. Outside of `watching` it changes nothing."""
    hooks = client.event_hooks
    if _hold_back not in hooks["request"]:
        hooks["request"].append(_hold_back)
        client.event_hooks = hooks


async def _hold_back(request: httpx.Request) -> None:
    is_resting = _IS_RESTING.get()
    if is_resting is not None and is_resting():
        # Nothing was written of this call: it is classed like a network that cannot be reached.
        raise httpx.ConnectError("the account was told to wait", request=request)
