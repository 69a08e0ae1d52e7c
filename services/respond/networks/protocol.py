"""What every network's writing half promises: outcomes, requests, and how HTTP failures are classed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import httpx

from contracts.messages import Kind, Visibility


@dataclass(frozen=True, slots=True)
class Account:
    """The brand's account to write as. `token` is opened for this call only."""

    account_id: str
    base_url: str
    token: str

    def __repr__(self) -> str:
        return f"Account({self.account_id!r}, {self.base_url!r})"


@dataclass(frozen=True, slots=True)
class Target:
    """What is answered, as its network knows it."""

    external_id: str
    kind: Kind
    parent_external_id: str | None = None
    author_handle: str | None = None
    visibility: Visibility | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Publish:
    """One answer to write. The same `key` always stands for the same answer."""

    target: Target
    text: str
    key: str


@dataclass(frozen=True, slots=True)
class Search:
    """An answer whose receipt was lost: its text as sent, and when the call began.

    `taken` are ids that are known to be other answers.
    """

    target: Target
    text: str
    sent_at: datetime
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sent:
    """The network has it. `is_repeat`: it already had it from an earlier call."""

    external_id: str
    permalink: str | None = None
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """Not taken this time. `is_doubtful`: the answer does not prove that nothing was applied."""

    code: str
    reason: str
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Backoff:
    """Too many calls, or blocked for a time. `wait_s` is null when the network did not say."""

    code: str
    reason: str
    wait_s: float | None = None


@dataclass(frozen=True, slots=True)
class Permanent:
    """Refused for good, with the reason for the agent."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reauthorise:
    """The grant is no longer good: a person must connect the account again."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request left, its answer was lost: it must be looked for before anything is sent again."""

    code: str
    reason: str


Failure = Retry | Backoff | Permanent | Reauthorise | Unknown
Outcome = Sent | Failure


@dataclass(frozen=True, slots=True)
class Found:
    """The network had the answer."""

    external_id: str
    permalink: str | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """The place was read to its end, and the answer is not there."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What was answered is no longer there, and every answer with it."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """It could not be told."""

    code: str
    reason: str


Finding = Found | Absent | Gone | Unreadable


class Network(Protocol):
    """The writing half of one network. No method raises for anything that the network does."""

    name: str
    limit: int
    same_key_window_s: float
    """How long a repeat under the same key is known to give the first answer; 0 for never."""

    def text_for(self, target: Target, text: str, /) -> str:
        """Return the text as it is sent: with the mention that makes it reach its reader."""
        ...

    def length(self, text: str) -> int:
        """Return the length as the network counts it."""
        ...

    async def limit_of(self, account: Account, /) -> int:
        """Return the limit of this account, asked for when a text is longer than `limit`."""
        ...

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """Write the answer."""
        ...

    async def find(self, account: Account, search: Search) -> Finding:
        """Look for an answer whose receipt was lost."""
        ...


# Nothing was written before these are raised, so a repeat is safe.
_BEFORE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_IMPOSSIBLE = (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError)


def classify_transport(error: Exception) -> Failure:
    """Class an httpx exception by one question: can the request have arrived?"""
    what = type(error).__name__
    if isinstance(error, _IMPOSSIBLE):
        return Permanent(
            "network.address_invalid", f"the account's address cannot be called: {what}"
        )
    if isinstance(error, _BEFORE):
        return Retry("network.unreachable", f"no connection to the network: {what}")
    return Unknown("network.answer_lost", f"the network's answer was lost: {what}")


def classify_server_error(status: int) -> Failure | None:
    """Class what every network shares: 5xx and 408 prove neither success nor failure."""
    if status >= 500 or status == 408:
        reason = f"the network had trouble of its own (HTTP {status})"
        return Retry("network.server_error", reason, is_doubtful=True)
    return None


def unreadable(
    response: httpx.Response, classify: Callable[[httpx.Response], Failure]
) -> Unreadable:
    """Say why a read did not help, in the words of the publish classes."""
    failure = classify(response)
    return Unreadable(failure.code, failure.reason)
