"""LinkedIn's webhook calls: the batch and its signature. Sending them is callbacks' work."""

import hashlib
import hmac
import json

from sandbox.callbacks import Callbacks
from sandbox.linkedin.comments import NETWORK, Comments
from sandbox.models import Account, Change
from sandbox.world import World


class Webhooks:
    """Tells accounts that have `webhook_url` and `webhook_secret` in their options. Built after the comments."""

    def __init__(self, world: World, comments: Comments, callbacks: Callbacks) -> None:
        self._world, self._comments, self._callbacks = world, comments, callbacks
        self._told: dict[str, int] = {}
        world.listen(self._tell)

    def start(self) -> None:
        """Know how to sign what an earlier run left."""
        for account in self._world.accounts(NETWORK):
            self._signer(account)

    def _signer(self, account: Account) -> str:
        name = f"{NETWORK}:{account.id}"
        secret = account.options.get("webhook_secret", "").encode()

        def sign(body: bytes) -> dict[str, str]:
            digest = hmac.new(secret, b"hmacsha256=" + body, hashlib.sha256)
            return {"X-LI-Signature": digest.hexdigest()}

        self._callbacks.sign_with(name, sign)
        return name

    def _tell(self, change: Change) -> None:
        account_id = change.item.account_id
        account = self._world.account(NETWORK, account_id)
        url = account.options.get("webhook_url") if account else None
        if change.item.network != NETWORK or account is None or not url:
            return
        rows = self._comments.notified(account_id)
        news = rows[: len(rows) - self._told.get(account_id, 0)]
        self._told[account_id] = len(rows)
        if not news:
            return
        told = {"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": news[:10]}
        body = json.dumps(told).encode()
        self._callbacks.send(NETWORK, account.id, url, body, self._signer(account))
