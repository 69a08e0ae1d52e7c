"""The real pages over invented data, to look at them without a back end: python -m tests.browser.preview."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import uvicorn
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

from contracts.scope import AgencyScope
from runtime.clock import SystemClock
from runtime.crypto import Letterbox, new_approval_key, new_key
from runtime.errors import Conflict, Invalid, NotFound
from runtime.settings import BusSettings, MongoSettings
from runtime.web import answer_problems
from services.gateway.connecting import Connecting
from services.gateway.deps import AuditEntry, BrandChange, Deps, NewSession, Release
from services.gateway.domain.account_views import AccountView, RequestView
from services.gateway.domain.views import (
    BrandDetail,
    BrandView,
    ColleagueView,
    ConnectionView,
    MessageView,
    QueueFilter,
    QueuePage,
    ThreadView,
    Viewer,
)
from services.gateway.ports import Begun, Identity
from services.gateway.routes.api import live_router
from services.gateway.routes.pages import mount_pages
from services.gateway.settings import App, GatewaySettings
from services.gateway.web.addresses import is_in_queue
from tests.browser import (
    preview_accounts,
    preview_books,
    preview_data,
    preview_promises,
    preview_storms,
)

PAGE_SIZE = 50
SETTINGS = GatewaySettings(
    bus=BusSettings(url="none:1"),
    mongo=MongoSettings(url="mongodb://none"),
    gateway_approval_key=SecretStr(new_approval_key()),
    gateway_connect_key=Letterbox.from_setting(new_key()).public_key,
    gateway_apps={"meta": App(client_id="4711"), "google": App(client_id="4712")},
)


class PreviewDesk:
    """All ports at once, in memory. Approving publishes after a moment."""

    def __init__(self) -> None:
        now = datetime.now(UTC)
        self.messages_by_id = {one.message_id: one for one in preview_data.messages(now)}
        self.details = preview_data.details(now)
        self.viewer = preview_data.ANA
        self.queues: list[asyncio.Queue[tuple[str, Any]]] = []
        self.watching: dict[str, list[str]] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    # --- reads
    async def queue(
        self, scope: AgencyScope, viewer: Viewer, ask: QueueFilter, after: str | None = None
    ) -> QueuePage:
        found = [one for one in self.messages_by_id.values() if is_in_queue(ask, one)]
        newest = sorted(found, key=lambda one: one.created_at, reverse=True)
        ordered = newest if ask.sort == "newest" else sorted(newest, key=lambda one: -one.priority)
        start = int(after or 0)
        stop = start + PAGE_SIZE
        count = sum(one.state == "open" for one in self.messages_by_id.values())
        return QueuePage(ordered[start:stop], str(stop) if stop < len(ordered) else None, count)

    async def message(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> MessageView:
        found = self.messages_by_id.get(message_id)
        if found is None:
            raise NotFound("message.unknown", "There is no such message.")
        may = viewer.may_release(found.brand.brand_id, found.reply.approval)
        return replace(found, reply=replace(found.reply, may_release=may))

    async def thread(
        self, scope: AgencyScope, viewer: Viewer, thread_id: str, focus: str | None = None
    ) -> ThreadView:
        looked = await self.message(scope, viewer, focus or "")
        post, around = preview_data.around(looked, datetime.now(UTC))
        return ThreadView(
            thread_id, looked.brand, looked.connection, looked.network, post, around, around[-1],
            **preview_data.ways_of(looked, datetime.now(UTC)),
        )  # fmt: skip

    # --- items
    async def mark_read(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> None:
        self._put(message_id, is_unread=False)

    async def claim(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> None:
        if self.messages_by_id[message_id].mine not in (None, viewer.name):
            raise Conflict("item.taken", "Ben Okafor has it since 14:02.")
        self._put(message_id, mine=viewer.name, mine_id=viewer.person_id)

    async def release(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> None:
        self._put(message_id, mine=None, mine_id=None)

    async def close(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> None:
        self._put(message_id, state="done")

    async def reopen(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> None:
        self._put(message_id, state="open")

    # --- replies
    async def save_draft(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, text: str, revision: int
    ) -> int:
        return self._reply(message_id, revision, draft=text)

    async def propose(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, release: Release
    ) -> int:
        return self._reply(
            message_id, release.revision, state="drafted", draft=release.text, proposed_by=viewer.name,
            proposed_by_id=viewer.person_id, proposed_at=datetime.now(UTC),
        )  # fmt: skip

    async def approve(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, release: Release
    ) -> None:
        now = datetime.now(UTC)
        self._reply(
            message_id, release.revision, state="approved", text=release.text,
            approved_by=viewer.name, approved_at=now,
        )  # fmt: skip
        task = asyncio.create_task(self._publish(message_id))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _publish(self, message_id: str) -> None:
        await asyncio.sleep(1.5)
        reply = self.messages_by_id[message_id].reply
        self._reply(
            message_id, reply.revision, state="published", published_at=datetime.now(UTC),
            external_id=f"sent_{message_id}", permalink="https://facebook.example/sent", may_retry=True,
        )  # fmt: skip
        self._put(message_id, state="answered")

    async def reject(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, reason: str, revision: int
    ) -> None:
        self._reply(
            message_id, revision, state="rejected", reason=reason, rejected_by=viewer.name, draft=""
        )

    async def retry(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, revision: int
    ) -> int:
        text = self.messages_by_id[message_id].reply.text or ""
        return self._reply(message_id, revision, state="drafted", draft=text)

    def _reply(self, message_id: str, revision: int, **changes: Any) -> int:
        reply = self.messages_by_id[message_id].reply
        if reply.revision != revision:
            raise Conflict(
                "reply.changed", f"{reply.approved_by or 'Ben Okafor'} changed it a moment ago."
            )
        self._put(message_id, reply=replace(reply, revision=revision + 1, **changes))
        return revision + 1

    def _put(self, message_id: str, **changes: Any) -> None:
        changed = replace(self.messages_by_id[message_id], **changes)
        self.messages_by_id[message_id] = changed
        self.tell("items", {"items": [{"kind": "changed", "brand_id": changed.brand.brand_id,
                                       "message_id": message_id, "thread_id": changed.thread_id}]})  # fmt: skip

    # --- brands, trail
    async def views(self, scope: AgencyScope) -> list[BrandView]:
        return [brand for brand in preview_data.BRANDS if brand.brand_id in scope.brand_ids]

    async def get(self, scope: AgencyScope, brand_id: str) -> BrandDetail:
        if brand_id not in scope.brand_ids:
            raise NotFound("brand.unknown", "There is no such brand.")
        return self.details[brand_id]

    async def change(
        self, scope: AgencyScope, viewer: Viewer, brand_id: str, change: BrandChange
    ) -> BrandDetail:
        old = self.details[brand_id]
        self.details[brand_id] = replace(
            old, policy=change.policy or old.policy, revision=old.revision + 1
        )
        return self.details[brand_id]

    async def connections(self, scope: AgencyScope) -> list[ConnectionView]:
        return list(preview_data.CONNECTIONS.values())

    async def last_seen(self, scope: AgencyScope, brand_id: str) -> dict[str, datetime]:
        return {"con_1": datetime.now(UTC)}

    async def entries(self, scope: AgencyScope, before_seq: int | None = None) -> list[AuditEntry]:
        now = datetime.now(UTC)
        return [
            AuditEntry(
                9, now, "per_ana", "Ana Ruiz", "reply.approved", "brd_casa", "msg_3", None, None, ""
            )
        ]

    async def colleagues(self, viewer: Viewer) -> list[ColleagueView]:
        return [
            ColleagueView(one.name, one.email, one.roles)
            for one in (preview_data.ANA, preview_data.BEN)
        ]

    async def keys(self, viewer: Viewer) -> list[ColleagueView]:
        until = datetime(2027, 6, 30, tzinfo=UTC)
        return [ColleagueView("reporting", "", {"brd_casa": "auditor"}, expires_at=until)]

    # --- accounts
    async def every(self, scope: AgencyScope) -> list[AccountView]:
        return preview_accounts.accounts(datetime.now(UTC))

    async def account(self, scope: AgencyScope, connection_id: str) -> AccountView:
        found = [one for one in await self.every(scope) if one.connection_id == connection_id]
        if not found:
            raise NotFound("thing.unknown", "There is no such account.")
        return found[0]

    async def requests(self, scope: AgencyScope) -> list[RequestView]:
        return preview_accounts.requests(datetime.now(UTC))

    async def request(self, scope: AgencyScope, request_id: str) -> RequestView:
        found = [one for one in await self.requests(scope) if one.request_id == request_id]
        if not found:
            raise NotFound("thing.unknown", "There is no such request.")
        return found[0]

    async def ask(self, scope: AgencyScope, viewer: Viewer, *wish: Any) -> RequestView:
        return (await self.requests(scope))[0]

    def guard(self, viewer: Viewer, brand_id: str) -> None:
        return None

    async def keep(self, state: str, begun: Begun) -> Begun:
        return replace(begun, ends_at=datetime.now(UTC) + timedelta(minutes=10))

    async def take(self, scope: AgencyScope, session: str, state: str) -> Begun:
        raise Invalid("consent.unknown", "This sign-in was used already. Begin again.")

    # --- auth
    async def identify(self, request: Request) -> Identity | None:
        if request.cookies.get("preview_out"):
            return None
        viewer = preview_data.BEN if request.cookies.get("preview_who") == "ben" else self.viewer
        return Identity(viewer, "session", "k", "csrf-preview")

    async def signed_in(self, request: Request) -> Identity:
        found = await self.identify(request)
        if found is None:
            from runtime.web import HttpError

            raise HttpError(401, "session.missing", "Please sign in.")
        return found

    async def guard_write(self, request: Request, identity: Identity) -> None:
        return None

    async def login(self, request: Request, email: str, password: str) -> NewSession:
        return NewSession("t", "c", datetime.now(UTC), self.viewer)

    async def logout(self, identity: Identity) -> None:
        return None

    def set_cookie(self, response: Response, session: NewSession) -> None:
        response.delete_cookie("preview_out")

    def clear_cookie(self, response: Response) -> None:
        response.set_cookie("preview_out", "1")

    # --- live
    def tell(self, event: str, data: Any) -> None:
        for queue in self.queues:
            queue.put_nowait((event, data))

    async def stream(
        self, identity: Identity, is_allowed: Callable[[], Any]
    ) -> AsyncIterator[bytes]:
        queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.queues.append(queue)
        yield b"event: hello\ndata: {}\n\n"
        try:
            while True:
                event, data = await queue.get()
                if event == "end":
                    return
                yield f"event: {event}\ndata: {json.dumps(data)}\n\n".encode()
        finally:
            self.queues.remove(queue)

    def hang_up(self) -> None:
        for queue in self.queues:
            queue.put_nowait(("end", None))

    async def note_viewing(self, viewer: Viewer, brand_id: str, item: tuple[str, str]) -> None:
        self.tell("viewing", {"message_id": item[0], "thread_id": item[1],
                              "person_id": viewer.person_id, "name": viewer.name})  # fmt: skip

    def viewers_of(self, message_id: str, but: str) -> list[str]:
        return ["Ben Okafor"] if message_id == "msg_4" else []


class AccountDesk:
    """The accounts of the desk under their own names, which the desk has for messages."""

    def __init__(self, desk: PreviewDesk) -> None:
        self.every, self.get, self.ask = desk.every, desk.account, desk.ask
        self.requests, self.request, self.guard = desk.requests, desk.request, desk.guard


def build() -> FastAPI:
    """Return the app: the real routes, the invented desk."""
    app = FastAPI(openapi_url=None)
    desk = PreviewDesk()
    port = cast(Any, desk)
    app.state.desk = desk
    accounts = cast(Any, AccountDesk(desk))
    deps = Deps(
        settings=SETTINGS, clock=SystemClock(), inbox=port, items=port, replies=port,
        brands=port, brakes=port, asks=cast(Any, preview_books.AskDesk()), directory=port,
        life=cast(Any, preview_books.LifeDesk(desk)),
        knowledge=cast(Any, preview_books.KnowledgeDesk(desk)),
        corrections=cast(Any, preview_books.CorrectionDesk(desk)),
        relabels=cast(Any, preview_books.RelabelDesk()),
        audit=port, auth=port, live=port, answers=port, nudge=lambda: None,
        accounts=accounts, moderation=port, connecting=Connecting(SETTINGS, accounts, port, port),
        storms=preview_storms.storms(),
        promises=preview_promises.PromiseDesk(list(desk.details)),
    )  # fmt: skip
    answer_problems(app)
    app.include_router(live_router)
    mount_pages(app, deps)

    @app.post("/preview/arrive")
    async def arrive(
        text: str = "Hallo, ist jemand da? Mein Zimmer ist dunkel.", number: int = 1
    ) -> int:
        now = datetime.now(UTC)
        for at in range(number):
            key = f"msg_new{len(desk.messages_by_id)}"
            source = desk.messages_by_id["msg_2"]
            desk.messages_by_id[key] = replace(
                source, message_id=key, thread_id=f"thr_{key}", text=f"{text} {at}", created_at=now,
                is_unread=True, author_name="Neu Angekommen", priority=95,
            )  # fmt: skip
            desk._put(key)
        return number

    return app


if __name__ == "__main__":
    uvicorn.run(build(), host="127.0.0.1", port=8765, log_level="warning")
