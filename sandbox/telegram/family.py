"""The Telegram family: the methods of the Bot API, and updates by long polling or webhook."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from sandbox.callbacks import Sign
from sandbox.control.emission import Emission
from sandbox.desk import Call, Dialect
from sandbox.family import Common, Family
from sandbox.models import Account, Change, Doing, Item, Network
from sandbox.telegram import errors
from sandbox.telegram.chats import Body, Chats
from sandbox.telegram.formats import bot_json, message_json, update_json
from sandbox.telegram.updates import Updates

NETWORK = "telegram"
_LONGEST_WAIT_S = 50.0
Method = Callable[[Account, Body, Call], Awaitable[Any]]


def build(common: Common) -> Family:
    """Return the family."""
    return TelegramFamily(common)


class TelegramFamily:
    """Bots under /telegram/bot<token>/<method>. Options: webhook_url, webhook_secret, blocked, moved."""

    def __init__(self, common: Common) -> None:
        self._world, self._desk, self._callbacks = common.world, common.desk, common.callbacks
        self._chats = Chats(common.world, common.ledger)
        self._updates = Updates(common.records)
        self.dialects: Mapping[Network, Dialect] = {NETWORK: errors.TelegramDialect()}
        self._methods: dict[str, tuple[str, Method]] = {
            "getMe": ("read", self._get_me),
            "getUpdates": ("read", self._get_updates),
            "getWebhookInfo": ("read", self._webhook_info),
            "setWebhook": ("subscribe", self._set_webhook),
            "deleteWebhook": ("subscribe", self._set_webhook),
            "sendMessage": ("publish", self._send_message),
            "setMessageReaction": ("like", self._react),
            "deleteMessage": ("delete", self._delete),
            "editMessageText": ("edit", self._edit),
        }
        common.world.listen(self._tell)

    async def start(self) -> None:
        """Be ready to sign what an earlier run left."""
        for account in self._world.accounts(NETWORK):
            self._callbacks.sign_with(f"{NETWORK}:{account.id}", self._signer(account.id))

    async def stop(self) -> None:
        """Nothing runs by itself."""

    def routers(self) -> list[APIRouter]:
        """The one path all methods share."""
        router = APIRouter(prefix="/telegram")
        path = "/bot{token}/{method}"
        router.add_api_route(path, self._endpoint, methods=["GET", "POST"])
        return [router]

    async def _endpoint(self, request: Request) -> Response:
        token, name = request.path_params["token"], request.path_params["method"]
        account = self._world.account_by_token(NETWORK, token)
        # Who reads the journal shall see no token.
        hidden = Request({**request.scope, "path": f"/telegram/bot/{name}"}, request.receive)
        operation, method = self._methods.get(name, ("read", None))

        async def act(call: Call) -> Response:
            try:
                if account is None or account.is_token_revoked:
                    raise errors.unauthorised()
                if method is None:
                    raise errors.BotError(404, "Not Found")
                result = await method(account, await _params(request), call)
            except errors.BotError as error:
                return error.response()
            return JSONResponse({"ok": True, "result": result})

        return await self._desk.serve(hidden, NETWORK, operation, account, act)

    async def _get_me(self, account: Account, _: Body, __: Call) -> Body:
        return bot_json(account)

    async def _get_updates(self, account: Account, body: Body, _: Call) -> list[Body]:
        if account.options.get("webhook_url"):
            raise errors.has_webhook()
        self._updates.forget(account.id, int(body.get("offset") or 0))
        wait_s = min(float(body.get("timeout") or 0), _LONGEST_WAIT_S)
        found = await self._updates.wait(account.id, wait_s)
        limit = min(100, int(body.get("limit") or 100))
        return [one.whole for one in found[:limit]]

    async def _webhook_info(self, account: Account, _: Body, __: Call) -> Body:
        waiting = len(self._updates.waiting(account.id))
        return {
            "url": account.options.get("webhook_url", ""),
            "has_custom_certificate": False,
            "pending_update_count": waiting,
        }

    async def _set_webhook(self, account: Account, body: Body, _: Call) -> bool:
        given = {
            "webhook_url": body.get("url") or "",
            "webhook_secret": body.get("secret_token") or "",
        }
        changed = account.model_copy(update={"options": {**account.options, **given}})
        self._world.put_account(changed)
        if changed.options["webhook_url"]:
            for update in self._updates.waiting(account.id):
                self._deliver(changed, update.whole)
            self._updates.forget(account.id, before=2**62)
        return True

    async def _send_message(self, account: Account, body: Body, call: Call) -> Body:
        item = self._chats.send(account, body, call)
        return message_json(item, account, self._above(item))

    async def _react(self, account: Account, body: Body, _: Call) -> bool:
        self._chats.react(account, body)
        return True

    async def _delete(self, account: Account, body: Body, _: Call) -> bool:
        self._chats.delete(account, body)
        return True

    async def _edit(self, account: Account, body: Body, _: Call) -> Body:
        item = self._chats.edit(account, body)
        return message_json(item, account, self._above(item))

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person write, edit or (as in a business chat) delete."""
        if emission.kind in ("edit", "delete"):
            return self._chats.change(account, emission)
        return self._chats.say(account, emission)

    def _above(self, item: Item) -> Item | None:
        return self._world.item(NETWORK, item.parent_id or "")

    def _tell(self, change: Change) -> None:
        """Tell a bot what people did; its own words never come back."""
        item = change.item
        account = self._world.account(NETWORK, item.account_id)
        told = (Doing.CREATED, Doing.EDITED, Doing.DELETED)
        if item.network != NETWORK or account is None or item.is_own or change.doing not in told:
            return
        body = update_json(change.doing, item, account, self._above(item))
        update = self._updates.add(account.id, body)
        if account.options.get("webhook_url"):
            self._deliver(account, update.whole)
            self._updates.forget(account.id, update.number + 1)

    def _deliver(self, account: Account, update: Body) -> None:
        signer = f"{NETWORK}:{account.id}"
        self._callbacks.sign_with(signer, self._signer(account.id))
        raw = json.dumps(update).encode()
        url = account.options["webhook_url"]
        self._callbacks.send(NETWORK, account.id, url, raw, signer)

    def _signer(self, account_id: str) -> Sign:
        def sign(_: bytes) -> dict[str, str]:
            account = self._world.account(NETWORK, account_id)
            secret = account.options.get("webhook_secret", "") if account else ""
            return {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}

        return sign


async def _params(request: Request) -> Body:
    """JSON body, else the query."""
    try:
        body = await request.json() if await request.body() else {}
    except ValueError:
        raise errors.bad("can't parse request JSON object") from None
    return body if isinstance(body, dict) and body else dict(request.query_params)
