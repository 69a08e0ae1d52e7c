"""Connecting an account, step by step: choose the network, fill in or agree there, see it arrive."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from contracts.networks.table import NETWORKS, rules
from runtime.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from services.gateway.connecting import Misfilled
from services.gateway.deps import Deps, deps_of
from services.gateway.domain.account_views import AccountView
from services.gateway.domain.forms import beside_consent
from services.gateway.domain.views import BrandView
from services.gateway.ports import Identity
from services.gateway.web.frame import Context, Desk, page_route, writer


def connect_routes(desk: Desk) -> APIRouter:
    """Return the routes of the connect pages."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False)
    _add_choice(router, desk)
    _add_return(router, desk)
    _add_progress(router, desk)
    _add_network(router, desk)
    return router


def _add_choice(router: APIRouter, desk: Desk) -> None:
    @router.get("/connect")
    async def choose(request: Request) -> Response:
        deps, identity, context = await _opened(desk, request)
        brand = _brand(context, identity, request.query_params.get("brand", ""))
        ways = {name: deps.connecting.ways(name) for name in NETWORKS}
        cards = [(rules(name), ways[name]) for name in NETWORKS]
        return desk.page("connect.html", {**context, "brand": brand, "cards": cards})


def _add_network(router: APIRouter, desk: Desk) -> None:
    @router.get("/connect/{network}")
    async def steps(request: Request, network: str) -> Response:
        deps, identity, context = await _opened(desk, request)
        known = await _known(deps, identity, request.query_params.get("account", ""))
        brand_id = known.brand_id if known else request.query_params.get("brand", "")
        brand = _brand(context, identity, brand_id)
        values = {"base_url": known.base_url} if known else {}
        context |= _network(deps, network, brand, values) | {"known": known}
        return desk.page("connect_network.html", context)

    @router.post("/connect/{network}")
    async def fill(request: Request, network: str) -> Response:
        return await _try(desk, request, network, is_consent=False)

    @router.post("/connect/{network}/consent")
    async def begin(request: Request, network: str) -> Response:
        return await _try(desk, request, network, is_consent=True)


async def _try(desk: Desk, request: Request, network: str, *, is_consent: bool) -> Response:
    """Send the form off, or begin the consent; what is wrong is said at its field."""
    deps, identity = await writer(request)
    form = await request.form()
    context = await desk.frame(request, identity, "accounts")
    brand = _brand(context, identity, str(form.get("brand", "")))
    values = _values(form, network)
    problem, problems = "", {}
    try:
        if is_consent:
            server = values.get("base_url", "")
            asks = _asked_names(network)
            given = {name: value for name, value in values.items() if name in asks}
            consent = await deps.connecting.begin(identity, brand.brand_id, network, server, given)
            there = urlsplit(consent.authorize_url).netloc
            shown = {"brand": brand, "rules": rules(network), "consent": consent, "there": there}
            return desk.page("connect_consent.html", {**context, **shown})
        asked = await deps.connecting.by_form(identity.viewer, brand.brand_id, network, values)
        return RedirectResponse(f"/connect/requests/{asked.request_id}", 303)
    except Misfilled as error:
        problem, problems = "Something is missing or not right. Nothing was sent.", error.problems
    except (Conflict, Invalid, Unavailable) as error:
        problem = error.why
    told = _network(deps, network, brand, values) | {"known": None}
    told |= {"problem": problem, "problems": problems}
    return desk.page("connect_network.html", {**context, **told}, 422)


def _add_return(router: APIRouter, desk: Desk) -> None:
    @router.get("/connect/callback")
    async def back(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
        deps, identity, context = await _opened(desk, request)
        try:
            if error or not code:
                begun = await deps.connecting.refuse(identity, state)
                why = "You did not agree at the network, so nothing was connected."
                again = f"/connect/{begun.network}?brand={begun.brand_id}"
                return desk.page("connect_back.html", {**context, "why": why, "again": again}, 200)
            asked = await deps.connecting.finish(identity, state, code)
        except (Invalid, Unavailable) as refused:
            told = {"why": refused.why, "again": "/connect"}
            return desk.page("connect_back.html", {**context, **told}, 400)
        return RedirectResponse(f"/connect/requests/{asked.request_id}", 303)


def _add_progress(router: APIRouter, desk: Desk) -> None:
    @router.get("/connect/requests/{request_id}")
    async def progress(request: Request, request_id: str) -> Response:
        deps, identity, context = await _opened(desk, request)
        asked = await deps.accounts.request(identity.viewer.scope, request_id)
        brand = next(one for one in context["brands"] if one.brand_id == asked.brand_id)
        every = await deps.accounts.every(identity.viewer.scope)
        came = [one for one in every if one.connection_id in asked.accounts]
        told = {"brand": brand, "asked": asked, "came": came}
        told["hooks"] = deps.settings.ingest_public_url.rstrip("/")
        told["title"] = rules(asked.network).title if asked.network in NETWORKS else ""
        return desk.page("connect_request.html", {**context, **told})


async def _opened(desk: Desk, request: Request) -> tuple[Deps, Identity, Context]:
    deps = deps_of(request)
    identity = await deps.auth.signed_in(request)
    return deps, identity, await desk.frame(request, identity, "accounts")


async def _known(deps: Deps, identity: Identity, connection_id: str) -> AccountView | None:
    """Return the account that is connected again, when one is named."""
    if not connection_id:
        return None
    return await deps.accounts.get(identity.viewer.scope, connection_id)


def _brand(context: Context, identity: Identity, brand_id: str) -> BrandView:
    """Return the brand that is connected for: the named one, else the first the viewer manages."""
    managed: list[BrandView] = [
        one for one in context["brands"] if identity.viewer.may_manage(one.brand_id)
    ]
    context["managed"] = managed
    named = [one for one in managed if one.brand_id == brand_id]
    if brand_id and not named:
        if brand_id not in identity.viewer.roles:
            raise NotFound("thing.unknown", "There is no such brand here.")
        raise Forbidden(
            "account.not_yours", "Only an owner or lead of the brand connects accounts."
        )
    if not managed:
        raise Forbidden("account.not_yours", "Only an owner or lead of a brand connects accounts.")
    return (named or managed)[0]


def _network(deps: Deps, network: str, brand: BrandView, values: Mapping[str, str]) -> Context:
    ways = deps.connecting.ways(network)
    secret = {one.name for one in rules(network).connecting.fields if one.kind == "secret"}
    # What is secret is never sent back to the page, not even to who typed it a moment ago.
    kept = {name: value for name, value in values.items() if name not in secret}
    return {
        "brand": brand, "rules": rules(network), "ways": ways, "values": kept, "problem": "",
        "problems": {}, "asked": beside_consent(rules(network).connecting).fields, "others": [rules(name) for name in ways.comes_with],
    }  # fmt: skip


def _asked_names(network: str) -> list[str]:
    return [one.name for one in beside_consent(rules(network).connecting).fields]


def _values(form: FormData, network: str) -> dict[str, str]:
    if network not in NETWORKS:
        raise NotFound("network.unknown", "There is no such network.")
    names = {one.name for one in rules(network).connecting.fields} | {"base_url"}
    return {name: str(value) for name, value in form.items() if name in names}
