"""A brand's playbook as a form: steps in order, and who is called. Owners and leads change it."""

import secrets
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from runtime.errors import Conflict, Forbidden, Invalid
from services.gateway.deps import Deps, deps_of
from services.gateway.domain.paging import webhook_secret
from services.gateway.domain.playbooks import MOST_CONTACTS, MOST_STEPS
from services.gateway.web.frame import Desk, page_route, writer

STEP_FIELDS = ("step_id", "title", "about", "level", "role", "way", "act", "minutes")
CONTACT_FIELDS = ("contact_id", "name", "role", "email", "webhook_url")


def playbook_routes(desk: Desk) -> APIRouter:
    """Return the routes of the playbook's page."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False)

    @router.get("/brands/{brand_id}/playbook")
    async def look(request: Request, brand_id: str) -> Response:
        is_saved = request.query_params.get("saved") == "yes"
        return await _page(desk, request, brand_id, {"saved": is_saved})

    @router.post("/brands/{brand_id}/playbook")
    async def save(request: Request, brand_id: str) -> Response:
        deps, identity = await writer(request)
        form, viewer = await request.form(), identity.viewer
        given = read_form(form)
        revision = str(form.get("revision", "0"))
        try:
            if not revision.isdecimal():
                raise Invalid("revision.invalid", "The revision is no number. Load the page again.")
            playbooks = deps.storms.playbooks
            await playbooks.change(viewer.scope, viewer, brand_id, int(revision), given)
        except (Conflict, Forbidden, Invalid) as error:
            told = {"problem": error.why, "given": given, "revision": revision}
            return await _page(desk, request, brand_id, told)
        return RedirectResponse(f"/brands/{brand_id}/playbook?saved=yes", 303)

    return router


def read_form(form: FormData) -> dict[str, Any]:
    """Return the steps and contacts of the form; rows without a name, or ticked to go, are left out."""
    steps = [_row(form, f"step-{at}-", STEP_FIELDS) for at in range(MOST_STEPS + 1)]
    contacts = [_row(form, f"contact-{at}-", CONTACT_FIELDS) for at in range(MOST_CONTACTS + 1)]
    told: dict[str, Any] = {
        "steps": [one for one in steps if one.get("title")],
        "contacts": [one for one in contacts if one.get("name")],
        "is_paging_drills": form.get("is_paging_drills") == "yes",
    }
    for step in told["steps"]:
        step["step_id"] = step["step_id"] or f"step_{secrets.token_hex(4)}"
    for contact in told["contacts"]:
        contact["contact_id"] = contact["contact_id"] or f"contact_{secrets.token_hex(4)}"
    return told


def _row(form: FormData, prefix: str, fields: tuple[str, ...]) -> dict[str, Any]:
    if form.get(f"{prefix}gone") == "yes":
        return {}
    return {name: str(form.get(f"{prefix}{name}", "")).strip() for name in fields}


async def _page(desk: Desk, request: Request, brand_id: str, told: Mapping[str, Any]) -> Response:
    deps = deps_of(request)
    identity = await deps.auth.signed_in(request)
    found = await deps.storms.playbooks.get(identity.viewer.scope, brand_id)
    context = await desk.frame(request, identity, "brands")
    brand = next(one for one in context["brands"] if one.brand_id == brand_id)
    may_manage = identity.viewer.may_manage(brand_id)
    shown = found.playbook.model_dump()
    more = {
        "brand": brand, "detail": found, "may_manage": may_manage, "problem": "", "saved": False,
        "given": shown, "revision": found.revision,
        "secrets": _secrets(deps, brand_id, shown["contacts"]) if may_manage else {},
        "can_mail": bool(deps.settings.gateway_smtp_host and deps.settings.gateway_smtp_from),
        "can_hook": bool(deps.settings.gateway_paging_key.get_secret_value()),
    }  # fmt: skip
    status = 422 if told.get("problem") else 200
    return desk.page("playbook.html", {**context, **more, **told}, status)


def _secrets(deps: Deps, brand_id: str, contacts: list[dict[str, Any]]) -> dict[str, str]:
    key = deps.settings.gateway_paging_key.get_secret_value()
    named = [one["contact_id"] for one in contacts if one["webhook_url"]] if key else []
    return {contact_id: webhook_secret(key, brand_id, contact_id) for contact_id in named}
