"""The nouns of the sandbox: brand accounts, people, items, notifications, changes; no behaviour."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

Network = str
"""One of contracts.networks.table.NETWORKS."""
Kind = Literal["post", "comment", "mention", "dm", "review"]
Visibility = Literal["public", "unlisted", "private", "direct"]


class Account(BaseModel):
    """One brand account at one network. `id` is the network's own id."""

    network: Network
    id: str
    brand: str
    name: str
    handle: str
    token: str
    sector: str = "home"
    languages: tuple[str, ...] = ("en",)
    is_subscribed: bool = True
    is_token_revoked: bool = False
    # What else calling the network needs: hosts, ids, webhook addresses and secrets.
    options: dict[str, str] = Field(default_factory=dict)


class Person(BaseModel):
    """An invented person; `host` is set for people of another Mastodon server."""

    id: str
    name: str
    handle: str
    language: str
    temperament: str = "calm"
    host: str | None = None
    # Some people hide their name from an app's reads (Graph leaves `from` out); webhooks still tell.
    is_private: bool = False

    @property
    def acct(self) -> str:
        """The handle as Mastodon writes it: user, or user@host for another server."""
        return f"{self.handle}@{self.host}" if self.host else self.handle


class Version(BaseModel):
    """One earlier text of an item."""

    text: str
    at: datetime


class Item(BaseModel):
    """A post, comment, mention or direct message; `account_id` is the brand account it concerns."""

    network: Network
    id: str
    account_id: str
    author_id: str
    author_name: str
    author_handle: str
    kind: Kind
    text: str
    created_at: datetime
    language: str = "en"
    is_own: bool = False
    edited_at: datetime | None = None
    parent_id: str | None = None
    # What the writer answered; Graph moves an answer to an answer under the top-level comment.
    answered_id: str | None = None
    root_id: str
    topic: str | None = None
    # What the writer is after; only the invented people look at it, no network tells it.
    intent: str | None = None
    visibility: Visibility = "public"
    spoiler_text: str = ""
    mentions: tuple[str, ...] = ()
    is_hidden: bool = False
    is_deleted: bool = False
    likes: list[str] = Field(default_factory=list)
    versions: list[Version] = Field(default_factory=list)
    # Whatever else this network knows of an item (a cid, a rating, a subject).
    extra: dict[str, str] = Field(default_factory=dict)


class Notification(BaseModel):
    """What a Mastodon account is told: somebody (actor) did something (type) with a status."""

    id: str
    type: str
    account_id: str
    actor_id: str
    status_id: str | None
    at: datetime


class Doing(StrEnum):
    """What happened to an item."""

    CREATED = "created"
    EDITED = "edited"
    DELETED = "deleted"
    HIDDEN = "hidden"
    UNHIDDEN = "unhidden"
    NOTIFIED = "notified"


class Change(BaseModel):
    """One thing that happened, told to whoever listens (webhooks, streams, people)."""

    doing: Doing
    item: Item
    notification: Notification | None = None
