"""The wrong-brand guard: does everything that a reply or an act is made of belong to one brand? Pure."""

from typing import Protocol


class _Bound(Protocol):
    @property
    def brand_id(self) -> str: ...
    @property
    def thread_id(self) -> str: ...
    @property
    def connection_id(self) -> str: ...
    @property
    def network(self) -> str: ...


class _Message(Protocol):
    @property
    def brand_id(self) -> str: ...
    @property
    def thread_id(self) -> str: ...
    @property
    def connection_id(self) -> str: ...
    @property
    def network(self) -> str: ...


class _Account(Protocol):
    @property
    def brand_id(self) -> str: ...
    @property
    def network(self) -> str: ...


def wrong_brand(target: _Bound, message: _Message, account: _Account) -> str | None:
    """Return what does not belong together, or None when all is of one brand."""
    pairs = (
        ("the message belongs to another brand", target.brand_id, message.brand_id),
        ("the account belongs to another brand", target.brand_id, account.brand_id),
        ("the message is in another thread", target.thread_id, message.thread_id),
        ("the message came to another account", target.connection_id, message.connection_id),
        ("the message is at another network", target.network, message.network),
        ("the account is at another network", target.network, account.network),
    )
    return next((why for why, one, other in pairs if one != other), None)
