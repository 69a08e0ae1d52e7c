"""The Bot API's JSON with the keys of documented updates. No routes and no state."""

from typing import Any

from sandbox.models import Account, Doing, Item

_KINDS = {
    Doing.CREATED: "message",
    Doing.EDITED: "edited_message",
    Doing.DELETED: "deleted_business_messages",
}


def bot_json(account: Account) -> dict[str, Any]:
    """The bot itself, as getMe gives it."""
    return {
        "id": int(account.id),
        "is_bot": True,
        "first_name": account.name,
        "username": account.handle,
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": False,
    }


def chat_json(item: Item) -> dict[str, Any]:
    """The chat an item is in: a person's own, or a group."""
    chat_id = int(item.extra["chat"])
    if chat_id < 0:
        return {"id": chat_id, "title": "Brand fans", "type": "supergroup"}
    return {
        "id": chat_id,
        "first_name": item.extra.get("peer_name", item.author_name),
        "username": item.extra.get("peer_handle", item.author_handle),
        "type": "private",
    }


def message_json(item: Item, account: Account, above: Item | None) -> dict[str, Any]:
    """A message as updates and sendMessage give it."""
    person = {
        "id": int(item.author_id),
        "is_bot": False,
        "first_name": item.author_name,
        "username": item.author_handle,
    }
    message: dict[str, Any] = {
        "message_id": int(item.extra["number"]),
        "from": bot_json(account) if item.is_own else person,
        "chat": chat_json(item),
        "date": int(item.created_at.timestamp()),
        "text": item.text,
    }
    if item.edited_at is not None:
        message["edit_date"] = int(item.edited_at.timestamp())
    if item.extra.get("topic"):
        message |= {"message_thread_id": int(item.extra["topic"]), "is_topic_message": True}
    if above is not None:
        message["reply_to_message"] = message_json(above, account, None)
    return message


def update_json(doing: Doing, item: Item, account: Account, above: Item | None) -> dict[str, Any]:
    """The part of an update beside its id. Deletions are told in business chats only."""
    if doing is Doing.DELETED:
        gone = {"business_connection_id": "sandbox", "chat": chat_json(item)}
        return {_KINDS[doing]: {**gone, "message_ids": [int(item.extra["number"])]}}
    return {_KINDS[doing]: message_json(item, account, above)}
