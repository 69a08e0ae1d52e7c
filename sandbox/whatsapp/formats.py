"""The Cloud API's webhook JSON with the keys of recorded deliveries. No routes and no state."""

import json
from datetime import datetime
from typing import Any

from sandbox.models import Account, Change, Doing, Item


def stamp(at: datetime) -> str:
    """Seconds as text."""
    return str(int(at.timestamp()))


def envelope(account: Account, value: dict[str, Any]) -> bytes:
    """A whole webhook body; Meta escapes everything outside ASCII."""
    metadata = {
        "display_phone_number": account.handle.lstrip("+"),
        "phone_number_id": account.id,
    }
    whole = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    change = {"value": whole, "field": "messages"}
    entry = {"id": account.options.get("waba_id", f"waba{account.id}"), "changes": [change]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def message_value(change: Change, now: datetime) -> dict[str, Any]:
    """What the value of a customer's message, edit or deletion holds."""
    item = change.item
    message: dict[str, Any] = {
        "from": item.author_id,
        "id": item.id,
        "timestamp": stamp(item.created_at),
        "text": {"body": item.text},
        "type": "text",
    }
    if item.parent_id is not None:
        message = {"context": {"from": item.account_id, "id": item.parent_id}, **message}
    if change.doing in (Doing.EDITED, Doing.DELETED):
        message = _about(item, is_gone=change.doing is Doing.DELETED, now=now)
    return {"contacts": [contact(item.author_id, item.author_name)], "messages": [message]}


def _about(item: Item, *, is_gone: bool, now: datetime) -> dict[str, Any]:
    kind = "revoke" if is_gone else "edit"
    content: dict[str, Any] = {"original_message_id": item.id}
    if not is_gone:
        content["message"] = {"type": "text", "text": {"body": item.text}}
    message_id = f"{item.id}.{kind}{len(item.versions)}"
    return {
        "from": item.author_id,
        "id": message_id,
        "timestamp": stamp(now),
        "type": kind,
        kind: content,
    }


def contact(number: str, name: str) -> dict[str, Any]:
    """The person of a delivery."""
    return {
        "profile": {"name": name},
        "wa_id": number,
        "user_id": f"US.{number}",
        "parent_user_id": f"US.ENT.{number}",
    }


def state_value(item: Item, status: str, at: datetime, key: str | None) -> dict[str, Any]:
    """What the value of a delivery state of our own message holds."""
    state: dict[str, Any] = {
        "id": item.id,
        "status": status,
        "timestamp": stamp(at),
        "recipient_id": item.root_id,
    }
    if status == "failed":
        title = "Message undeliverable"
        state["errors"] = [
            {
                "code": 131026,
                "title": title,
                "message": title,
                "error_data": {"details": "The recipient cannot receive this message."},
                "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
            }
        ]
    else:
        state["conversation"] = {"id": f"c{item.root_id}", "origin": {"type": "service"}}
        state["pricing"] = {"billable": True, "pricing_model": "CBP", "category": "service"}
    if key:
        state["biz_opaque_callback_data"] = key
    return {"contacts": [contact(item.root_id, item.root_id)], "statuses": [state]}
