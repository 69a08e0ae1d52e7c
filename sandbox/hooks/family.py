"""The other system: its people write events that are sent signed, and it takes signed answers."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from sandbox.callbacks import Sign
from sandbox.control.emission import CannotEmit, Emission
from sandbox.desk import Call, Dialect
from sandbox.family import Common, Family
from sandbox.hooks import errors
from sandbox.hooks.signing import headers_for, is_signed
from sandbox.ledger import Entry
from sandbox.models import Account, Change, Doing, Item, Kind, Network

NETWORK = "webhook"
_VERBS = {
    Doing.CREATED: "created",
    Doing.EDITED: "updated",
    Doing.DELETED: "deleted",
    Doing.HIDDEN: "hidden",
    Doing.UNHIDDEN: "unhidden",
}
_KINDS: dict[str, Kind] = {"comment": "comment", "reply": "comment", "dm": "dm", "review": "review",
                           "mention": "mention"}  # fmt: skip


def build(common: Common) -> Family:
    """Return the family."""
    return HooksFamily(common)


class HooksFamily:
    """Answers arrive at /hooks/{account}/replies. An account's token is the secret; option: webhook_url."""

    def __init__(self, common: Common) -> None:
        self._world, self._desk, self._callbacks = common.world, common.desk, common.callbacks
        self._ledger = common.ledger
        self.dialects: Mapping[Network, Dialect] = {NETWORK: errors.HooksDialect()}
        common.world.listen(self._tell)

    async def start(self) -> None:
        """Be ready to sign what an earlier run left."""
        for account in self._world.accounts(NETWORK):
            self._callbacks.sign_with(f"{NETWORK}:{account.id}", self._signer(account.id))

    async def stop(self) -> None:
        """Nothing runs by itself."""

    def routers(self) -> list[APIRouter]:
        """Where answers are taken."""
        router = APIRouter(prefix="/hooks")
        router.add_api_route("/{account_id}/replies", self._replies, methods=["POST"])
        return [router]

    async def _replies(self, request: Request) -> Response:
        account = self._world.account(NETWORK, request.path_params["account_id"])
        raw = await request.body()

        async def act(call: Call) -> Response:
            now_s = self._world.now().timestamp()
            if account is None:
                return errors.problem(404, "no such place")
            if account.is_token_revoked or not is_signed(
                account.token, call.request.headers, raw, now_s
            ):
                return errors.problem(401, "the signature does not match")
            return self._take(account, json.loads(raw), call)

        return await self._desk.serve(request, NETWORK, "publish", account, act)

    def _take(self, account: Account, event: dict[str, Any], call: Call) -> Response:
        """Keep an answer once, however often it is sent."""
        call_id, data = call.request.headers["webhook-id"], event["data"]
        known = [e for e in self._ledger.entries() if e.idempotency_key == call_id]
        if known:
            return JSONResponse({"external_id": known[0].id})
        item = self._answer(account, data)
        self._world.create(item)
        self._ledger.write(
            Entry(
                seq=self._ledger.next_seq(),
                network=NETWORK,
                account=account.id,
                in_reply_to=data["in_reply_to"],
                text=data["text"],
                id=item.id,
                at=item.created_at,
                idempotency_key=call_id,
                outcome=call.outcome,
                client=call.request.headers.get("user-agent"),
            )
        )
        return JSONResponse({"external_id": item.id})

    def _answer(self, account: Account, data: dict[str, Any]) -> Item:
        return Item(
            network=NETWORK,
            id=f"ans-{self._ledger.next_seq()}",
            account_id=account.id,
            author_id=account.id,
            author_name=account.name,
            author_handle=account.handle,
            kind="dm" if data["kind"] == "dm" else "comment",
            text=data["text"],
            created_at=self._world.now(),
            is_own=True,
            parent_id=data["in_reply_to"],
            root_id=data.get("thread_id") or data["in_reply_to"],
        )

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person write, edit, delete or hide."""
        if emission.kind in ("edit", "delete", "hide", "unhide"):
            return self._change(account, emission)
        kind = _KINDS.get(emission.kind)
        if kind is None:
            raise CannotEmit(f"the other system has no {emission.kind}")
        name = emission.author or "Robin Example"
        count = len(self._world.items(NETWORK, account.id)) + 1
        item_id = f"evt-{account.id}-{count}"
        above = self._world.item(NETWORK, emission.id or "") if emission.id else None
        item = Item(
            network=NETWORK,
            id=item_id,
            account_id=account.id,
            author_id=f"u{zlib.crc32(name.encode())}",
            author_name=name,
            author_handle="".join(c for c in name.lower() if c.isalnum()) or "someone",
            kind=kind,
            text=emission.text or "",
            created_at=self._world.now(),
            parent_id=above.id if above else None,
            root_id=above.root_id if above else f"t-{name.lower().replace(' ', '-')}",
        )
        self._world.create(item)
        return item

    def _change(self, account: Account, emission: Emission) -> Item:
        near = self._world.latest(account, 200)
        fits = [
            i for i in near if not i.is_own and not i.is_deleted and emission.id in (None, i.id)
        ]
        if not fits:
            raise CannotEmit("there is nothing yet to do this to")
        if emission.kind == "edit":
            self._world.edit(fits[0], emission.text or f"{fits[0].text} (edited)")
        elif emission.kind == "delete":
            self._world.delete(fits[0])
        else:
            self._world.hide(fits[0], emission.kind == "hide")
        return fits[0]

    def _tell(self, change: Change) -> None:
        item, verb = change.item, _VERBS.get(change.doing)
        account = self._world.account(NETWORK, item.account_id)
        if item.network != NETWORK or account is None or item.is_own or verb is None:
            return
        url = account.options.get("webhook_url")
        if url:
            signer = f"{NETWORK}:{account.id}"
            self._callbacks.sign_with(signer, self._signer(account.id))
            self._callbacks.send(NETWORK, account.id, url, self._event(item, verb), signer)

    def _event(self, item: Item, verb: str) -> bytes:
        data: dict[str, Any] = {
            "id": item.id,
            "thread_id": item.root_id,
            "author": {
                "id": item.author_id,
                "handle": item.author_handle,
                "name": item.author_name,
            },
            "text": item.text,
            "url": f"{self._world.origin}/hooks/items/{item.id}",
            "created_at": item.created_at.isoformat(),
        }
        if item.parent_id is not None:
            data["in_reply_to"] = item.parent_id
        if verb == "deleted":
            data.pop("text")
        subject = "message" if item.kind == "dm" else item.kind
        now = self._world.now().isoformat()
        event = {"type": f"{subject}.{verb}", "timestamp": now, "data": data}
        return json.dumps(event, ensure_ascii=False).encode()

    def _signer(self, account_id: str) -> Sign:
        def sign(body: bytes) -> dict[str, str]:
            account = self._world.account(NETWORK, account_id)
            now_s = self._world.now().timestamp()
            return headers_for(account.token, body, now_s) if account else {}

        return sign
