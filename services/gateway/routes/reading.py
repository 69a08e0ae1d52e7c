"""The pages people read: inbox, brands, settings, and their stylesheet of brand colours."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from contracts.brands import Fact, Phrases
from runtime.errors import NotFound
from services.gateway.deps import Deps, deps_of
from services.gateway.domain.views import (
    BrandDetail,
    ConnectionView,
    QueueFilter,
    ThreadView,
    Viewer,
)
from services.gateway.ports import Identity
from services.gateway.routes.account_pages import trouble_context
from services.gateway.web import addresses, lengths, threads
from services.gateway.web.colours import stylesheet
from services.gateway.web.frame import Context, Desk, is_part, page_route

MOST_FACTS = 6
MOST_REFRESHED = 50


@dataclass(frozen=True, slots=True)
class BrandRow:
    """A brand as the brands pages show it to one viewer."""

    detail: BrandDetail
    connections: list[ConnectionView]
    role: str
    may_manage: bool
    last_seen: dict[str, datetime]


def page_routes(desk: Desk) -> APIRouter:
    """Return the routes of the pages."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False)
    _add_inbox(router, desk)
    _add_queue_parts(router, desk)
    _add_brands(router, desk)
    _add_settings(router, desk)
    return router


def _add_inbox(router: APIRouter, desk: Desk) -> None:
    @router.get("/")
    async def home() -> Response:
        return RedirectResponse("/inbox", 303)

    @router.get("/inbox")
    async def inbox(request: Request) -> Response:
        identity = await deps_of(request).auth.signed_in(request)
        context = await desk.frame(request, identity, "inbox")
        context |= await queue_context(request, identity)
        context |= await trouble_context(deps_of(request), identity)
        return desk.page("inbox.html", {**context, "thread": None, "focus_id": None})

    @router.get("/inbox/m/{message_id}")
    async def message(request: Request, message_id: str) -> Response:
        deps = deps_of(request)
        identity = await deps.auth.signed_in(request)
        context = await desk.frame(request, identity, "inbox")
        context |= await thread_context(deps, identity, message_id)
        await deps.items.mark_read(identity.viewer.scope, identity.viewer, message_id)
        if is_part(request):
            ask = ask_of(request, identity.viewer)
            return desk.page("partials/view.html", {**context, "query": addresses.query_of(ask)})
        context |= await trouble_context(deps, identity)
        return desk.page("inbox.html", {**context, **await queue_context(request, identity)})


def _add_queue_parts(router: APIRouter, desk: Desk) -> None:
    @router.get("/inbox/page")
    async def page(request: Request, after: str) -> Response:
        identity = await deps_of(request).auth.signed_in(request)
        context = await queue_context(request, identity, after)
        context |= {"now": deps_of(request).clock.now(), "focus_id": None}
        return desk.page("partials/items.html", context)

    @router.get("/inbox/items")
    async def items(request: Request) -> Response:
        deps = deps_of(request)
        identity = await deps.auth.signed_in(request)
        ask = ask_of(request, identity.viewer)
        context = {"query": addresses.query_of(ask), "now": deps.clock.now(), "focus_id": None}
        asked = request.query_params.getlist("id")[:MOST_REFRESHED]
        scope, viewer = identity.viewer.scope, identity.viewer
        answers = await asyncio.gather(
            *(deps.inbox.message(scope, viewer, message_id) for message_id in asked),
            return_exceptions=True,
        )
        parts = []
        for message in answers:
            if isinstance(message, NotFound):
                continue
            if isinstance(message, BaseException):
                raise message
            shown = {"message": message, "is_gone": not addresses.is_in_queue(ask, message)}
            parts.append(desk.templates.render("partials/item.html", context | shown))
        return desk.page("partials/parts.html", {"parts": parts})

    @router.get("/inbox/m/{message_id}/{part}")
    async def part(request: Request, message_id: str, part: str) -> Response:
        names = {
            "composer": "composer",
            "actions": "item_actions",
            "messages": "messages",
            "why": "why",
            "acts": "acts_menu",
        }
        if part not in names:
            raise NotFound("page.unknown", "There is no such page.")
        deps = deps_of(request)
        identity = await deps.auth.signed_in(request)
        context = await desk.frame(request, identity, "inbox")
        context |= await thread_context(deps, identity, message_id)
        context["query"] = addresses.query_of(ask_of(request, identity.viewer))
        context["message"] = context["thread"].focus
        context["kept_focus"] = request.query_params.get("focus")
        return desk.page(f"partials/{names[part]}.html", context)


def _add_brands(router: APIRouter, desk: Desk) -> None:
    @router.get("/brands.css")
    async def colours(request: Request) -> Response:
        deps = deps_of(request)
        identity = await deps.auth.signed_in(request)
        brands = await deps.brands.views(identity.viewer.scope)
        headers = {"Cache-Control": "private, max-age=31536000, immutable", "Vary": "Cookie"}
        return Response(stylesheet(brands), headers=headers, media_type="text/css")

    @router.get("/brands")
    async def brands(request: Request) -> Response:
        deps = deps_of(request)
        identity = await deps.auth.signed_in(request)
        context = await desk.frame(request, identity, "brands")
        rows = [
            await brand_row(deps, identity.viewer, brand.brand_id) for brand in context["brands"]
        ]
        return desk.page("brands.html", {**context, "brand_rows": rows})

    @router.get("/brands/{brand_id}")
    async def brand(request: Request, brand_id: str, saved: str = "") -> Response:
        deps = deps_of(request)
        identity = await deps.auth.signed_in(request)
        context = await desk.frame(request, identity, "brands")
        context["row"] = await brand_row(deps, identity.viewer, brand_id)
        return desk.page("brand.html", {**context, "saved": bool(saved), "problem": None})


def _add_settings(router: APIRouter, desk: Desk) -> None:
    @router.get("/settings")
    async def settings(request: Request) -> Response:
        deps = deps_of(request)
        identity = await deps.auth.signed_in(request)
        context = await desk.frame(request, identity, "settings")
        entries = await deps.audit.entries(identity.viewer.scope)
        people = await deps.directory.colleagues(identity.viewer)
        keys = await deps.directory.keys(identity.viewer)
        told = {"entries": entries, "people": people, "keys": keys}
        return desk.page("settings.html", {**context, **told})


def ask_of(request: Request, viewer: Viewer) -> QueueFilter:
    """Return the filter in the address of this request."""
    return addresses.read_filter(request.query_params.multi_items(), viewer.scope.brand_ids)


async def queue_context(request: Request, identity: Identity, after: str | None = None) -> Context:
    """Return what the queue is drawn from."""
    deps, viewer = deps_of(request), identity.viewer
    ask = ask_of(request, viewer)
    page = await deps.inbox.queue(viewer.scope, viewer, ask, after)
    is_filtered = bool(ask.brand_ids or ask.intent or ask.network or ask.text)
    query = addresses.query_of(ask)
    urgent = await deps.promises.urgent(viewer.scope)
    told = {"ask": ask, "queue": page, "query": query, "is_filtered": is_filtered}
    return {**told, "urgent_promises": urgent}


async def thread_context(deps: Deps, identity: Identity, message_id: str) -> Context:
    """Return what thread, composer and details of one message are drawn from."""
    viewer = identity.viewer
    message = await deps.inbox.message(viewer.scope, viewer, message_id)
    thread = await deps.inbox.thread(viewer.scope, viewer, message.thread_id, message_id)
    detail = await deps.brands.get(viewer.scope, thread.brand.brand_id)
    promises = await deps.promises.of_thread(viewer.scope, thread.thread_id)
    phrases, facts = _voice_of(detail, thread)
    return {
        "conflict": None,
        "csrf": identity.csrf_token,
        "detail": detail,
        "facts": facts,
        "focus_id": message_id,
        "in_thread": _written_by_author(thread),
        "kept_focus": None,
        "moderated_id": None,
        "moderation_problem": None,
        "may_write": viewer.may_write(thread.brand.brand_id),
        "phrases": phrases,
        "promises": promises,
        "problem": None,
        "window": threads.window(thread),
        "rule": lengths.length_rule(thread.network, thread.focus.kind),
        "private_rule": lengths.length_rule(thread.network, thread.focus.kind, is_private=True),
        "is_open": _is_open(thread, deps.clock.now()),
        "may_be_private": _may_be_private(thread, deps.clock.now()),
        "thread": thread,
        "told": None,
        "typed": None,
    }


async def brand_row(deps: Deps, viewer: Viewer, brand_id: str) -> BrandRow:
    """Return one brand with its accounts. Raises `NotFound`."""
    detail = await deps.brands.get(viewer.scope, brand_id)
    accounts = await deps.brands.connections(viewer.scope)
    mine = [account for account in accounts if account.brand_id == brand_id]
    seen = await deps.brands.last_seen(viewer.scope, brand_id)
    return BrandRow(detail, mine, viewer.roles[brand_id], viewer.may_manage(brand_id), seen)


def _voice_of(detail: BrandDetail, thread: ThreadView) -> tuple[Phrases | None, list[Fact]]:
    """Return the voice in the message's language, else in the brand's first."""
    labels = thread.focus.labels
    wanted = [labels.language.label] if labels else []
    for language in [*wanted, *detail.languages]:
        phrases = next((one for one in detail.voice.phrases if one.language == language), None)
        facts = [fact for fact in detail.voice.facts if fact.language == language]
        if phrases or facts:
            return phrases, facts[:MOST_FACTS]
    return None, []


def _is_open(thread: ThreadView, now: datetime) -> bool:
    """Say whether the person may still be written to, if only by an approved template."""
    window = thread.window
    return window is None or window.closes_at > now or thread.connection.has_template


def _may_be_private(thread: ThreadView, now: datetime) -> bool:
    return thread.private_until is not None and thread.private_until > now


def _written_by_author(thread: ThreadView) -> int:
    author = thread.focus.author_handle or thread.focus.author_name
    return sum(1 for one in thread.messages if (one.author_handle or one.author_name) == author)
