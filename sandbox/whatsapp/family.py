"""The WhatsApp family: its paths, its people, and the webhooks that tell of them."""

import hashlib
import hmac
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from sandbox.callbacks import Sign
from sandbox.control.emission import CannotEmit, Emission
from sandbox.desk import Call, Dialect
from sandbox.family import Common, Family
from sandbox.models import Account, Change, Item, Network
from sandbox.whatsapp import errors
from sandbox.whatsapp.formats import envelope, message_value, state_value
from sandbox.whatsapp.numbers import Numbers

NETWORK = "whatsapp"
Handler = Callable[[Account, dict[str, Any], Call], dict[str, Any]]


def build(common: Common) -> Family:
    """Return the family."""
    return WhatsAppFamily(common)


class WhatsAppFamily:
    """Numbers under /whatsapp. An account's options: webhook_url, webhook_secret, waba_id, templates."""

    def __init__(self, common: Common) -> None:
        self._world, self._desk, self._callbacks = common.world, common.desk, common.callbacks
        self._numbers = Numbers(common.world, common.ledger)
        self.dialects: Mapping[Network, Dialect] = {NETWORK: errors.WhatsAppDialect()}
        common.world.listen(self._tell)

    async def start(self) -> None:
        """Be ready to sign what an earlier run left."""
        for account in self._world.accounts(NETWORK):
            self._callbacks.sign_with(f"{NETWORK}:{account.id}", self._signer(account.id))

    async def stop(self) -> None:
        """Nothing runs by itself."""

    def routers(self) -> list[APIRouter]:
        """All paths, with and without a version in front."""
        router = APIRouter()
        for prefix in ("/whatsapp", "/whatsapp/v{version}"):
            for method, path, operation, handler in (
                ("GET", "/{object_id}", "read", self._about),
                ("POST", "/{object_id}/messages", "publish", self._write),
                ("POST", "/{object_id}/subscribed_apps", "subscribe", self._subscribe),
            ):
                endpoint = self._endpoint(operation, handler)
                router.add_api_route(prefix + path, endpoint, methods=[method])
        return [router]

    def _endpoint(self, operation: str, handler: Handler) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            account = self._world.account_by_token(NETWORK, token) if token else None
            try:
                body = await request.json() if request.method == "POST" else {}
            except ValueError:
                body = {}

            async def act(call: Call) -> Response:
                try:
                    if account is None or account.is_token_revoked:
                        raise errors.no_token()
                    return JSONResponse(handler(account, body, call))
                except errors.WhatsAppError as error:
                    return error.response()

            return await self._desk.serve(
                request, NETWORK, _operation(operation, body), account, act
            )

        return endpoint

    def _about(self, account: Account, _: dict[str, Any], call: Call) -> dict[str, Any]:
        if call.request.path_params["object_id"] != account.id:
            raise errors.invalid("object does not exist")
        return self._numbers.about(account)

    def _subscribe(self, account: Account, _: dict[str, Any], call: Call) -> dict[str, Any]:
        if call.request.path_params["object_id"] != account.options.get("waba_id"):
            raise errors.invalid("no such WhatsApp account")
        self._world.put_account(account.model_copy(update={"is_subscribed": True}))
        return {"success": True}

    def _write(self, account: Account, body: dict[str, Any], call: Call) -> dict[str, Any]:
        if call.request.path_params["object_id"] != account.id:
            raise errors.invalid("no such number")
        item = self._numbers.write(account, body, call)
        if item is None:
            return {"messaging_product": "whatsapp", "messages": [{"id": "wamid.none"}]}
        for status in ("sent", "delivered"):
            self._state(account, item, status)
        given = str(body.get("to") or body.get("recipient"))
        return {
            "messaging_product": "whatsapp",
            "contacts": [{"input": given, "wa_id": item.root_id}],
            "messages": [{"id": item.id}],
        }

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a customer write, edit or delete; extra `status` tells of a message of ours instead."""
        status = emission.extra.get("status")
        if status is not None:
            item = self._known(account, emission.id, is_own=True)
            self._state(account, item, status)
            return item
        if emission.kind in ("edit", "delete"):
            item = self._known(account, emission.id, is_own=False)
            if emission.kind == "delete":
                self._world.delete(item)
            else:
                self._world.edit(item, emission.text or f"{item.text} (edited)")
            return item
        if emission.kind not in ("dm", "comment", "reply"):
            raise CannotEmit(f"WhatsApp has no {emission.kind}")
        return self._say(account, emission)

    def _say(self, account: Account, emission: Emission) -> Item:
        name = emission.author or "Robin Example"
        number = f"49151{zlib.crc32(name.encode()):010d}"
        count = len(self._world.items(NETWORK, account.id)) + 1
        item = Item(
            network=NETWORK,
            id=f"wamid.IN{account.id}{count:06d}",
            account_id=account.id,
            author_id=number,
            author_name=name,
            author_handle=number,
            kind="dm",
            text=emission.text or "",
            created_at=self._world.now(),
            parent_id=emission.id if emission.kind == "reply" else None,
            root_id=number,
            visibility="direct",
        )
        self._world.create(item)
        return item

    def _known(self, account: Account, item_id: str | None, *, is_own: bool) -> Item:
        near = self._world.latest(account, 200)
        fits = [i for i in near if i.is_own == is_own and item_id in (None, i.id)]
        if not fits:
            raise CannotEmit("there is nothing yet to do this to")
        return fits[0]

    def _tell(self, change: Change) -> None:
        account = self._world.account(NETWORK, change.item.account_id)
        if change.item.network == NETWORK and account is not None and not change.item.is_own:
            self._send(account, message_value(change, self._world.now()))

    def _state(self, account: Account, item: Item, status: str) -> None:
        self._send(account, state_value(item, status, self._world.now(), item.extra.get("key")))

    def _send(self, account: Account, value: dict[str, Any]) -> None:
        url = account.options.get("webhook_url")
        if url and account.is_subscribed:
            signer = f"{NETWORK}:{account.id}"
            self._callbacks.sign_with(signer, self._signer(account.id))
            self._callbacks.send(NETWORK, account.id, url, envelope(account, value), signer)

    def _signer(self, account_id: str) -> Sign:
        def sign(body: bytes) -> dict[str, str]:
            account = self._world.account(NETWORK, account_id)
            secret = account.options.get("webhook_secret", "") if account else ""
            digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
            return {"X-Hub-Signature-256": f"sha256={digest}"}

        return sign


def _operation(operation: str, body: object) -> str:
    is_reaction = isinstance(body, dict) and body.get("type") == "reaction"
    return "like" if is_reaction else operation
