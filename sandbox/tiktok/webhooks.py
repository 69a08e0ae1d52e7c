"""TikTok's webhook calls: an envelope with JSON in a text, and its signature. Sending them is callbacks' work."""

import hashlib
import hmac
import json
from typing import Any

from sandbox.callbacks import Callbacks
from sandbox.models import Account, Change, Doing
from sandbox.tiktok.comments import NETWORK
from sandbox.world import World

_ACTIONS = {
    Doing.CREATED: "insert",
    Doing.DELETED: "delete",
    Doing.HIDDEN: "set_to_hidden",
    Doing.UNHIDDEN: "set_to_public",
}


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
            at = str(int(self._world.now().timestamp()))
            digest = hmac.new(secret, at.encode() + b"." + body, hashlib.sha256).hexdigest()
            return {"TikTok-Signature": f"t={at},s={digest}"}

        self._callbacks.sign_with(name, sign)
        return name

    def _tell(self, change: Change) -> None:
        item, action = change.item, _ACTIONS.get(change.doing)
        account = self._world.account(NETWORK, item.account_id)
        url = account.options.get("webhook_url") if account else None
        is_told = item.network == NETWORK and item.kind == "comment" and action is not None
        if not is_told or account is None or not url:
            return
        now_s = int(self._world.now().timestamp())
        is_answer = item.parent_id != item.root_id
        content: dict[str, Any] = {
            "comment_id": int(item.id),
            "video_id": int(item.root_id),
            "parent_comment_id": int(item.parent_id or 0) if is_answer else 0,
            "comment_type": "reply" if is_answer else "comment",
            "comment_action": action,
            "timestamp": now_s,
            "unique_identifier": item.author_id,
        }
        envelope = {
            "client_key": "bwo2m45353a6k85",
            "event": "comment.update",
            "create_time": now_s,
            "user_openid": account.id,
            "content": json.dumps(content, separators=(",", ":")),
        }
        body = json.dumps(envelope).encode()
        self._callbacks.send(NETWORK, account.id, url, body, self._signer(account))
