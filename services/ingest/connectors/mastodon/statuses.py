"""A Mastodon status to an item: kind, text, place in the thread, own or not. What carries statuses is read elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from contracts.messages import Action, Item, Kind, Media, Visibility
from services.ingest.connectors.fields import Id, Part, Text, Time, Unreadable, read_part, scrub
from services.ingest.connectors.protocol import Account
from services.ingest.connectors.text import html_to_text

NETWORK = "mastodon"
UNREADABLE = "mastodon.status.unreadable"

# The quoted post is shown on its own; this paragraph repeats its address for servers without quotes.
_QUOTE = frozenset({"quote-inline"})
_VISIBILITY: Mapping[str, Visibility] = {
    "public": "public",
    "unlisted": "unlisted",
    "private": "private",
    "direct": "direct",
}
_MEDIA = {"gifv": "video", "unknown": "file"}


def _dicts(value: object) -> object:
    # Other servers leave lists out or fill them with null; a list of the wrong things is as good as none.
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


class _Writer(Part):
    id: Id = None
    username: Text = None
    acct: Text = None
    display_name: Text = None
    url: Text = None


class _Mention(Part):
    id: Id = None
    acct: Text = None
    url: Text = None


class _Attachment(Part):
    id: Id = None
    type: str | None = None
    url: Text = None
    remote_url: Text = None
    description: Text = None


class _Status(Part):
    id: Id = None
    created_at: Time = None
    edited_at: Time = None
    in_reply_to_id: Id = None
    in_reply_to_account_id: Id = None
    visibility: str | None = None
    spoiler_text: Text = None
    content: str | None = None
    url: Text = None
    uri: Text = None
    account: _Writer | None = None
    media_attachments: Annotated[list[_Attachment], BeforeValidator(_dicts)] = Field(
        default_factory=list
    )
    mentions: Annotated[list[_Mention], BeforeValidator(_dicts)] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Carrier:
    """What the thing around a status says about it.

    `is_addressed`: it came as a mention or quote. `root`: the first post of its thread, when known.
    `peers`: the account ids of a conversation's other members.
    """

    is_addressed: bool = False
    is_edit: bool = False
    root: str | None = None
    peers: tuple[str, ...] = ()
    sent_at: datetime | None = None


def read_status(value: object, carrier: Carrier, account: Account) -> Item | str:
    """Return the item, or the name of what is no message (a boost). Raises `Unreadable`."""
    if not isinstance(value, dict):
        raise Unreadable(UNREADABLE, "a status is not an object")
    if isinstance(value.get("reblog"), dict):
        return "reblog"
    status = read_part(_Status, value, UNREADABLE)
    if status.id is None:
        raise Unreadable(UNREADABLE, "id: is missing")
    return _item(status, status.id, carrier, account, value)


def deletion(status_id: str, raw: Any) -> Item:
    """Return the delete of a status of which nothing but the id is known."""
    return Item(network=NETWORK, external_id=status_id, kind="post", action="deleted", raw=raw)


def _item(
    status: _Status, status_id: str, carrier: Carrier, account: Account, raw: dict[str, Any]
) -> Item:
    writer = status.account or _Writer()
    is_own = _is_own(writer, account)
    kind = _kind(status, is_own, carrier, account)
    return Item(
        network=NETWORK,
        external_id=status_id,
        kind=kind,
        action=_action(status, carrier),
        author_handle=_handle(writer),
        author_id=writer.id,
        author_name=writer.display_name,
        text=_text(status),
        parent_external_id=status.in_reply_to_id,
        thread_root_id=_root(status, status_id, kind, is_own, carrier, account),
        created_at=status.created_at,
        edited_at=status.edited_at,
        is_own=is_own,
        media=[_medium(one) for one in status.media_attachments],
        visibility=_visibility(status),
        permalink=status.url or status.uri,
        sent_at=carrier.sent_at,
        raw=raw,
    )


def _action(status: _Status, carrier: Carrier) -> Action:
    return "edited" if carrier.is_edit or status.edited_at is not None else "created"


def _visibility(status: _Status) -> Visibility | None:
    """What we do not know counts as private: an answer must never be more public than its parent."""
    return _VISIBILITY.get(status.visibility, "private") if status.visibility else None


def _kind(status: _Status, is_own: bool, carrier: Carrier, account: Account) -> Kind:
    if status.visibility == "direct":
        return "dm"
    if status.in_reply_to_id is not None:
        return "comment"
    is_addressed = carrier.is_addressed or any(_is_own(one, account) for one in status.mentions)
    return "mention" if is_addressed and not is_own else "post"


def _root(
    status: _Status, status_id: str, kind: Kind, is_own: bool, carrier: Carrier, account: Account
) -> str | None:
    """A conversation hangs on its peer, a thread on its first post; a reply alone does not name it."""
    if kind == "dm":
        return _peer(status, is_own, carrier, account)
    return carrier.root or (status_id if status.in_reply_to_id is None else None)


def _peer(status: _Status, is_own: bool, carrier: Carrier, account: Account) -> str | None:
    writer_id = status.account.id if status.account else None
    others = [peer for peer in carrier.peers if peer not in account.own_ids]
    if not is_own and (writer_id in others or not others):
        return writer_id
    # The members of a conversation leave the reader out: a writer who is not among them is the brand.
    named = others or [one.id for one in status.mentions if one.id and not _is_own(one, account)]
    return named[0] if named else None


def _handle(writer: _Writer) -> str | None:
    return (writer.acct or writer.username or "").lstrip("@") or None


def _is_own(one: _Writer | _Mention, account: Account) -> bool:
    if one.id is not None and one.id in account.own_ids:
        return True
    names = _names(one)
    return any(handle.lstrip("@").lower() in names for handle in account.own_handles)


def _names(one: _Writer | _Mention) -> frozenset[str]:
    """The handle as written, and for an account of the server itself also with the host."""
    acct = (one.acct or "").lstrip("@").lower()
    if not acct:
        return frozenset()
    host = _host(one.url) if "@" not in acct else None
    return frozenset({acct, f"{acct}@{host}"}) if host else frozenset({acct})


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").netloc.lower() or None
    except ValueError:
        return None


def _text(status: _Status) -> str | None:
    """The content warning stands before the text, as a reader meets it."""
    shown = html_to_text(scrub(status.content or ""), without=_QUOTE)
    return "\n\n".join(part for part in (status.spoiler_text, shown) if part) or None


def _medium(attachment: _Attachment) -> Media:
    kind = attachment.type or "file"
    return Media(
        type=_MEDIA.get(kind, kind),
        url=attachment.url or attachment.remote_url,
        id=attachment.id,
        alt=attachment.description,
    )
