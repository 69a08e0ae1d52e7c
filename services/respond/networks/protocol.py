"""What every network's writing half promises: outcomes, requests, and how HTTP failures are classed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

import httpx

from contracts.messages import Kind, Visibility
from contracts.moderation import Act
from runtime.addresses import Refused
from runtime.clock import Clock
from runtime.net import Oversized

DEFAULT_REST_S = 60.0
LONGEST_REST_S = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Account:
    """The brand's account to write as. `token` is opened for this call only.

    `options` are the connection's own settings that are no secret.
    """

    account_id: str
    base_url: str
    token: str
    options: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Account({self.account_id!r}, {self.base_url!r})"


@dataclass(frozen=True, slots=True)
class Target:
    """What is answered, as its network knows it. `root_id` is the thread's post, or the peer of a conversation."""

    external_id: str
    kind: Kind
    parent_external_id: str | None = None
    author_handle: str | None = None
    visibility: Visibility | None = None
    language: str | None = None
    root_id: str | None = None
    author_id: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Publish:
    """One answer to write. The same `key` always stands for the same answer.

    `is_private`: by a private message to the author of a public item. `is_by_person`: a person wrote
    or released it, which some networks want to know. `is_in_window`: the person wrote so recently
    that no exception is needed.
    """

    target: Target
    text: str
    key: str
    is_private: bool = False
    is_by_person: bool = True
    is_in_window: bool = True


@dataclass(frozen=True, slots=True)
class Amend:
    """A new text for an own answer that is out: `target` is that answer. A repeat changes nothing."""

    target: Target
    text: str


@dataclass(frozen=True, slots=True)
class Moderate:
    """One act on an item. The same `key` always stands for the same act."""

    act: Act
    target: Target
    key: str


@dataclass(frozen=True, slots=True)
class Search:
    """An answer whose receipt was lost: its text as sent, and when the call began.

    `taken` are ids that are known to be other answers; `key` is the one it was published under.
    """

    target: Target
    text: str
    sent_at: datetime
    taken: frozenset[str] = frozenset()
    key: str = ""
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """The network has it. `is_repeat`: it already had it from an earlier call."""

    external_id: str
    permalink: str | None = None
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """Not taken this time. `is_doubtful`: the answer does not prove that nothing was applied.

    `wait_s`: when a repeat makes sense, where the network said so; others need not wait for it.
    """

    code: str
    reason: str
    is_doubtful: bool = False
    wait_s: float | None = None


@dataclass(frozen=True, slots=True)
class Backoff:
    """Too many calls, or blocked for a time. `wait_s` is null when the network did not say.

    `is_narrow`: only this answer waits (the pace of one chat), not the whole account.
    """

    code: str
    reason: str
    wait_s: float | None = None
    is_narrow: bool = False


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


@dataclass(frozen=True, slots=True)
class Done:
    """The network did it, or it was so already."""


Failure = Retry | Backoff | Permanent | Reauthorise | Unknown
Outcome = Sent | Failure
Moderated = Done | Failure


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
    """It could not be told. `wait_s`: the network asks for no call until then; `is_refused`: it no
    longer accepts the grant. `unreadable_because` fills both from a failure."""

    code: str
    reason: str
    wait_s: float | None = None
    is_refused: bool = False


Finding = Found | Absent | Gone | Unreadable


@dataclass(frozen=True, slots=True)
class Tools:
    """What a writing half is built with.

    `client` calls addresses that a network documents; `guarded` calls addresses that a person typed,
    and refuses private ones.
    """

    client: httpx.AsyncClient
    guarded: httpx.AsyncClient
    clock: Clock
    is_loopback_allowed: bool = False


class Network(Protocol):
    """The writing half of one network. No method raises for anything that the network does.

    Its module `networks/NAME.py` (or package) has `build(tools: Tools) -> Network`. What does not
    depend on a call (lengths, windows, acts) is in `contracts.networks.NAME.RULES`.
    """

    name: str
    same_key_window_s: float
    """How long a repeat under the same key is known to give the first answer; 0 for never."""

    def text_for(self, target: Target, text: str, /) -> str:
        """Return the text as it is sent: with the mention that makes it reach its reader."""
        ...

    async def limit_of(self, account: Account, target: Target, /) -> int:
        """Return the limit of this account, asked for when a text is longer than the rules allow."""
        ...

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """Write the answer."""
        ...

    async def find(self, account: Account, search: Search) -> Finding:
        """Look for an answer whose receipt was lost."""
        ...

    async def moderate(self, account: Account, moderate: Moderate) -> Moderated:
        """Do an act that the rules list. A repeat of an act that was done is done."""
        ...


@runtime_checkable
class Amending(Protocol):
    """What a network has besides, where the text of an own answer can be changed (`Rules.can_amend`)."""

    async def amend(self, account: Account, amend: Amend) -> Moderated:
        """Change the text. Done again with the same text it is done."""
        ...


# Nothing was written before these are raised, so a repeat is safe.
_BEFORE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_IMPOSSIBLE = (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError)


def classify_transport(error: Exception) -> Failure:
    """Class an httpx exception by one question: can the request have arrived?"""
    what = type(error).__name__
    if isinstance(error, Refused) and not isinstance(error, Oversized):
        return Permanent("network.address_forbidden", error.why)
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
    return unreadable_because(classify(response))


def unreadable_because(failure: Failure) -> Unreadable:
    """Say that a read ended in this failure."""
    wait_s = rest_of(failure) if isinstance(failure, Backoff) else None
    return Unreadable(failure.code, failure.reason, wait_s, isinstance(failure, Reauthorise))


def rest_of(backoff: Backoff) -> float:
    """Return for how many seconds the network wants no call: a minute when it did not say."""
    wait_s = DEFAULT_REST_S if backoff.wait_s is None else backoff.wait_s
    return min(max(1.0, wait_s), LONGEST_REST_S)
