"""X's Activity webhook: which change is which event, the handshake, the signature. Sending is callbacks' work."""

import hashlib
import hmac
import json
import zlib
from base64 import b64encode
from secrets import token_urlsafe
from typing import Any

import httpx

from sandbox.callbacks import Callbacks
from sandbox.models import Account, Change, Doing, Item
from sandbox.world import World
from sandbox.x.formats import Objects
from sandbox.x.posts import Posts


class Activity:
    """Tells subscribed accounts' webhooks. An account has `webhook_url` and `webhook_secret` in its options."""

    def __init__(self, world: World, posts: Posts, objects: Objects, callbacks: Callbacks) -> None:
        self._world, self._posts = world, posts
        self._objects, self._callbacks = objects, callbacks
        self._sent = 0

    def start(self) -> None:
        """Listen, and know how to sign what an earlier run left."""
        for account in self._world.accounts("x"):
            self._signer(account)
        self._world.listen(self._tell)

    def _tell(self, change: Change) -> None:
        item = change.item
        account = self._world.account("x", item.account_id) if item.network == "x" else None
        if account is None or not account.is_subscribed or not account.options.get("webhook_url"):
            return
        for kind in self._kinds(account, item, change.doing):
            self.send(account, kind, self._payload(kind, item), [item.author_id])

    def _kinds(self, account: Account, item: Item, doing: Doing) -> list[str]:
        if item.kind == "dm":
            is_new = doing is Doing.CREATED
            return ["dm.sent" if item.is_own else "dm.received"] if is_new else []
        if doing is Doing.DELETED:
            # X tells of the brand's own deletions only.
            return ["post.delete"] if item.is_own else []
        if doing not in (Doing.CREATED, Doing.EDITED):
            return []
        if item.is_own:
            return ["post.create"]
        parent = self._world.item("x", item.parent_id or "")
        if parent is not None and parent.is_own:
            return ["post.reply.create"]
        is_named = f"@{account.handle}".casefold() in item.text.casefold()
        kinds = ["post.quote.create"] if "quoted" in item.extra else []
        return kinds + (["post.mention.create"] if is_named else [])

    def _payload(self, kind: str, item: Item) -> dict[str, Any]:
        if kind == "post.delete":
            return {"id": item.id, "author_id": item.author_id}
        return self._objects.old_message(item) if item.kind == "dm" else self._objects.post(item)

    def revoke(self, account: Account) -> None:
        """Tell that a person took the permission back."""
        at = self._world.now().strftime("%Y-%m-%dT%H:%M:%S+00:00")
        told = {"date_time": at, "user_id": account.id, "app_id": "29820954"}
        self.send(account, "oauth.revoke", told, [])

    def send(self, account: Account, kind: str, payload: dict[str, Any], people: list[str]) -> None:
        """Queue one call; the id of a delivery may be negative."""
        url = account.options.get("webhook_url")
        if not url:
            return
        self._sent += 1
        uuid = (zlib.crc32(f"{account.id}{self._sent}".encode()) - 2**31) * 2**31
        body = self._objects.event(account, kind, uuid, payload, people)
        self._callbacks.send("x", account.id, url, json.dumps(body).encode(), self._signer(account))

    def _signer(self, account: Account) -> str:
        name, secret = f"x:{account.id}", account.options.get("webhook_secret", "")
        self._callbacks.sign_with(
            name, lambda body: {"x-twitter-webhooks-signature": _signature(secret, body)}
        )
        return name

    async def shake_hands(self, url: str, secret: str) -> bool:
        """Ask the webhook to prove that it knows the secret."""
        token = token_urlsafe(12)
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            try:
                answer = await client.get(url, params={"crc_token": token})
                told = answer.json() if answer.status_code == 200 else {}
            except (httpx.HTTPError, ValueError):
                return False
        expected = _signature(secret, token.encode())
        return isinstance(told, dict) and told.get("response_token") == expected


def _signature(secret: str, body: bytes) -> str:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return f"sha256={b64encode(digest).decode()}"
