"""Threads' webhook calls: envelope and signature. Sending them is callbacks' work."""

import hashlib
import hmac
import json
from typing import Any

from sandbox.callbacks import Callbacks
from sandbox.models import Account, Change, Doing, Item
from sandbox.threads.posts import NETWORK
from sandbox.world import World


class Webhooks:
    """Tells accounts that have `webhook_url` and `webhook_secret` in their options."""

    def __init__(self, world: World, callbacks: Callbacks) -> None:
        self._world, self._callbacks = world, callbacks
        world.listen(self._tell)

    def start(self) -> None:
        """Know how to sign what an earlier run left."""
        for account in self._world.accounts(NETWORK):
            self._signer(account)

    def _signer(self, account: Account) -> str:
        name = f"{NETWORK}:{account.id}"
        secret = account.options.get("webhook_secret", "").encode()

        def sign(body: bytes) -> dict[str, str]:
            digest = hmac.new(secret, body, hashlib.sha256).hexdigest()
            return {"X-Hub-Signature-256": f"sha256={digest}"}

        self._callbacks.sign_with(name, sign)
        return name

    def _tell(self, change: Change) -> None:
        item = change.item
        account = self._world.account(NETWORK, item.account_id)
        url = account.options.get("webhook_url") if account else None
        field = _field(item, change.doing)
        if item.network != NETWORK or account is None or not url or field is None:
            return
        now_s = int(self._world.now().timestamp())
        envelope = {
            "app_id": "123456",
            "topic": "moderate",
            "target_id": account.id,
            "time": now_s,
            "subscription_id": "234567",
            "has_uid_field": False,
            "values": {"value": self._value(item, change.doing), "field": field},
        }
        body = json.dumps(envelope, ensure_ascii=True).encode()
        self._callbacks.send(NETWORK, account.id, url, body, self._signer(account))

    def _value(self, item: Item, doing: Doing) -> dict[str, Any]:
        if doing is Doing.DELETED:
            return {"id": item.id, "owner": {"owner_id": item.author_id}}
        value: dict[str, Any] = {
            "id": item.id,
            "username": item.author_handle,
            "text": item.text,
            "media_type": "TEXT_POST",
            "permalink": f"https://www.threads.net/@{item.author_handle}/post/{item.id}",
        }
        root = self._world.item(NETWORK, item.root_id)
        if item.kind == "comment" and root is not None:
            value["replied_to"] = {"id": item.parent_id}
            value["root_post"] = {
                "id": root.id, "owner_id": root.author_id, "username": root.author_handle,
            }  # fmt: skip
        value["shortcode"] = item.id[-7:]
        value["timestamp"] = item.created_at.strftime("%Y-%m-%dT%H:%M:%S+0000")
        return value


def _field(item: Item, doing: Doing) -> str | None:
    if doing is Doing.DELETED:
        return "delete" if item.is_own else None
    if doing is not Doing.CREATED:
        return None
    return {"comment": "replies", "mention": "mentions", "post": "publish"}.get(item.kind)
