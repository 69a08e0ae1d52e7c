"""LinkedIn notifications about an organisation's posts to normalised items. Reactions are counted, not kept."""

from functools import partial
from typing import Any

from pydantic import Field

from contracts.messages import Item
from contracts.networks.linkedin import long_urn
from services.ingest.connectors.fields import Id, Text, Time, Unreadable, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.reading import Part, Reading, listed, nested, read_payload, unknown

NETWORK = "linkedin"
# Action of a notification: kind and action of the item.
_ACTIONS = {
    "COMMENT": ("comment", "created"),
    "ADMIN_COMMENT": ("comment", "created"),
    "COMMENT_EDIT": ("comment", "edited"),
    "COMMENT_DELETE": ("comment", "deleted"),
    "SHARE_MENTION": ("mention", "created"),
}


class Notification(Model):
    """One thing that happened under an organisation's posts."""

    action: Text
    organization: Id = Field(None, alias="organizationalEntity")
    source: Id = Field(None, alias="sourcePost")
    generated: Id = Field(None, alias="generatedActivity")
    modified_at: Time = Field(None, alias="lastModifiedAt")


class Activity(Model):
    """A comment or share. `object` is what was commented on."""

    entity: Id = None
    owner: Id = None
    text: Text = None
    object: Id = None
    parent: Id = Field(None, alias="parentComment")


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read a webhook body, a page of notifications or one of them. Pure; never raises."""
    return read_payload(raw, NETWORK, account, _read)


def _read(reading: Reading, part: Part) -> None:
    if (page := listed(part, "notifications", "elements", "data", "items")) is not None:
        reading.each(page, partial(_read, reading))
    elif "action" in part:
        _read_notification(reading, part)
    else:
        raise unknown(NETWORK, part)


def _read_notification(reading: Reading, part: Part) -> None:
    notification = read_part(Notification, part, "linkedin.notification")
    known = _ACTIONS.get(notification.action or "")
    if known is None:
        reading.ignore(notification.action)
        return
    kind, action = known
    about = nested(part, "decoratedGeneratedActivity")
    activity = read_part(
        Activity, nested(about, "comment") or nested(about, "share"), "linkedin.activity"
    )
    item_id = long_urn(notification.generated or activity.entity)
    if item_id is None:
        raise Unreadable("linkedin.notification", "a notification about nothing")
    is_own = notification.action == "ADMIN_COMMENT" or reading.is_own(activity.owner)
    fields: dict[str, Any] = {
        "network": NETWORK,
        "external_id": item_id,
        "kind": kind,
        "action": action,
        "author_id": activity.owner,
        "text": None if action == "deleted" else activity.text,
        # The time of the activity, not of the delivery; an edit or a deletion does not say when it was written.
        "created_at": notification.modified_at if action == "created" else None,
        "edited_at": notification.modified_at if action == "edited" else None,
        "is_own": is_own
        or (activity.owner is not None and activity.owner == notification.organization),
        "account_id": notification.organization,
        "sent_at": notification.modified_at,
        "raw": part,
    }
    fields |= _place(notification, activity, item_id, kind)
    reading.add(read_part(Item, fields, "linkedin.notification"))


def _place(
    notification: Notification, activity: Activity, item_id: str, kind: str
) -> dict[str, str | None]:
    if kind == "mention":
        return {"thread_root_id": item_id}
    above = long_urn(activity.parent or activity.object)
    root = long_urn(notification.source) or above
    # A post has two names, share and activity; the parent of a top-level comment is the root as named.
    is_answer = above is not None and above.startswith("urn:li:comment:")
    return {"thread_root_id": root, "parent_external_id": above if is_answer else root}
