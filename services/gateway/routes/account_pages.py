"""The accounts page: how every account does, live, and what can be asked of it."""

from datetime import UTC, datetime, time

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from contracts.connections import Wish
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.web import HttpError
from services.gateway.deps import Deps, deps_of
from services.gateway.ports import Identity
from services.gateway.routes.accounts import ask
from services.gateway.web import accounts
from services.gateway.web.frame import Context, Desk, page_route, writer

WISHES: dict[str, Wish] = {
    "check": "check", "backfill": "backfill", "pause": "pause", "resume": "resume",
    "remove": "remove",
}  # fmt: skip


def account_routes(desk: Desk) -> APIRouter:
    """Return the routes of the accounts page and of the inbox's banner."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False)

    @router.get("/accounts")
    async def page(request: Request) -> Response:
        return await _page(desk, request)

    @router.get("/inbox/trouble")
    async def trouble(request: Request) -> Response:
        deps = deps_of(request)
        identity = await deps.auth.signed_in(request)
        context = await trouble_context(deps, identity)
        return desk.page("partials/trouble.html", {**context, "viewer": identity.viewer})

    @router.post("/accounts/{connection_id}/{wish}")
    async def change(request: Request, connection_id: str, wish: str) -> Response:
        deps, identity = await writer(request)
        if wish not in WISHES:
            raise HttpError(404, "page.unknown", "There is no such page.")
        form = await request.form()
        try:
            since = _since(str(form.get("since", ""))) if wish == "backfill" else None
            await ask(deps, identity, connection_id, WISHES[wish], since)
        except (Conflict, Forbidden, Invalid) as error:
            return await _page(desk, request, error.why)
        brand = str(form.get("brand", ""))
        query = f"?brand={brand}" if brand in identity.viewer.roles else ""
        return RedirectResponse(f"/accounts{query}#account-{connection_id}", 303)

    return router


async def trouble_context(deps: Deps, identity: Identity) -> Context:
    """Return the accounts that need a person, for the inbox's banner."""
    found = await deps.accounts.every(identity.viewer.scope)
    brands = {one.brand_id: one for one in await deps.brands.views(identity.viewer.scope)}
    needy = [(brands[one.brand_id], one) for one in accounts.in_need(found)]
    return {"troubles": needy, "now": deps.clock.now()}


async def _page(desk: Desk, request: Request, problem: str = "") -> Response:
    deps = deps_of(request)
    identity = await deps.auth.signed_in(request)
    context = await desk.frame(request, identity, "accounts")
    chosen = request.query_params.get("brand", "")
    groups = await _groups(deps, identity)
    shown = [one for one in groups if chosen in ("", one.brand.brand_id)] or groups
    told = {
        "groups": shown,
        "chosen": chosen if len(shown) < len(groups) else "",
        "problem": problem,
    }
    told["hooks"] = deps.settings.ingest_public_url.rstrip("/")
    told["today"] = deps.clock.now().date().isoformat()
    return desk.page("accounts.html", {**context, **told}, 422 if problem else 200)


async def _groups(deps: Deps, identity: Identity) -> list[accounts.BrandAccounts]:
    viewer, now = identity.viewer, deps.clock.now()
    found = await deps.accounts.every(viewer.scope)
    asked = await deps.accounts.requests(viewer.scope)
    groups = []
    for brand in await deps.brands.views(viewer.scope):
        mine = [one for one in found if one.brand_id == brand.brand_id]
        rows = [accounts.row(one, asked, now) for one in mine]
        # Those that need a person come first; the others keep their order by name.
        rows.sort(key=lambda one: one.standing.tone not in {"red", "amber"})
        groups.append(accounts.BrandAccounts(brand, rows, viewer.may_manage(brand.brand_id)))
    return groups


def _since(day: str) -> datetime:
    try:
        return datetime.combine(datetime.fromisoformat(day).date(), time(), UTC)
    except ValueError:
        raise Invalid("account.since_missing", "Choose the day to read again from.") from None
