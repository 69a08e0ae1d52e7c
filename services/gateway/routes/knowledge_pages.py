"""What a brand knows and its saved replies, as a page: written, changed, brought in from a file."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData, UploadFile

from contracts.knowledge import ENTRY_KINDS
from contracts.networks.table import NETWORKS
from runtime.errors import Conflict, Forbidden, Invalid
from services.gateway.deps import deps_of
from services.gateway.domain.knowledge import VARIABLES
from services.gateway.web.frame import Context, Desk, page_route, writer

MOST_FILE_BYTES = 2 * 1024 * 1024


def knowledge_routes(desk: Desk) -> APIRouter:
    """Return the routes of the page."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False)

    @router.get("/brands/{brand_id}/knowledge")
    async def look(request: Request, brand_id: str) -> Response:
        return await _page(desk, request, brand_id, {"told": _told(request)})

    @router.post("/brands/{brand_id}/knowledge")
    async def write(request: Request, brand_id: str) -> Response:
        deps, identity = await writer(request)
        form, viewer = await request.form(), identity.viewer
        given, entry_id = read_form(form), str(form.get("entry_id", ""))
        is_gone = form.get("gone") == "yes"
        try:
            if entry_id:
                changed = None if is_gone else given
                revision = _revision(form)
                await deps.knowledge.change(viewer.scope, viewer, entry_id, revision, changed)
            else:
                await deps.knowledge.add(viewer.scope, viewer, brand_id, given)
        except (Conflict, Forbidden, Invalid) as error:
            typed = {**given, "entry_id": entry_id, "revision": form.get("revision", "0")}
            told = {"problem": error.why, "given": typed}
            return await _page(desk, request, brand_id, told)
        done = "removed" if is_gone else "saved"
        return RedirectResponse(f"/brands/{brand_id}/knowledge?done={done}", 303)

    @router.post("/brands/{brand_id}/knowledge/file")
    async def bring(request: Request, brand_id: str) -> Response:
        deps, identity = await writer(request)
        form, viewer = await request.form(), identity.viewer
        try:
            content = await _content(form.get("file"))
            count = await deps.knowledge.bring(viewer.scope, viewer, brand_id, content)
        except (Forbidden, Invalid) as error:
            return await _page(desk, request, brand_id, {"problem": error.why})
        return RedirectResponse(f"/brands/{brand_id}/knowledge?done=brought&count={count}", 303)

    _add_saved(router, desk)
    return router


def _add_saved(router: APIRouter, desk: Desk) -> None:
    @router.get("/inbox/m/{message_id}/saved")
    async def saved(request: Request, message_id: str) -> Response:
        deps = deps_of(request)
        viewer = (await deps.auth.signed_in(request)).viewer
        query = request.query_params.get("q", "")[:200]
        found = await deps.knowledge.saved(viewer.scope, viewer, message_id, query)
        context: Context = {"saved": found[:50], "query": query}
        return desk.page("partials/saved.html", context)


def read_form(form: FormData) -> dict[str, Any]:
    """Return the entry as it was typed; lists come with commas between."""
    plain = ("kind", "title", "language", "text")
    told: dict[str, Any] = {name: str(form.get(name, "")).strip() for name in plain}
    told["text"] = told["text"].replace("\r\n", "\n")
    keywords = str(form.get("keywords", "")).split(",")
    told["keywords"] = [one.strip() for one in keywords if one.strip()]
    told["networks"] = [str(one) for one in form.getlist("networks")]
    told["group"] = str(form.get("group", "")).strip() or None
    return told


async def _content(file: UploadFile | str | None) -> str:
    if not isinstance(file, UploadFile) or not file.filename:
        raise Invalid("entry.bad_file", "Choose a CSV file first. Nothing was brought in.")
    raw = await file.read(MOST_FILE_BYTES + 1)
    if len(raw) > MOST_FILE_BYTES:
        raise Invalid("entry.bad_file", "The file is larger than 2 MB. Split it.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        why = "The file is not UTF-8. Save it as CSV UTF-8. Nothing was brought in."
        raise Invalid("entry.bad_file", why) from None


def _revision(form: FormData) -> int:
    text = str(form.get("revision", ""))
    if not text.isdecimal():
        raise Invalid("revision.invalid", "Load the page again; nothing was changed.")
    return int(text)


def _told(request: Request) -> str:
    done, count = request.query_params.get("done", ""), request.query_params.get("count", "")
    if done == "brought" and count.isdecimal():
        return f"{count} entries were brought in. Drafts use them from now on."
    return {"saved": "Saved. Drafts use it from now on.", "removed": "Taken out."}.get(done, "")


async def _page(desk: Desk, request: Request, brand_id: str, told: Context) -> Response:
    deps = deps_of(request)
    identity = await deps.auth.signed_in(request)
    entries = await deps.knowledge.every(identity.viewer.scope, brand_id)
    context = await desk.frame(request, identity, "brands")
    brand = next(one for one in context["brands"] if one.brand_id == brand_id)
    detail = await deps.brands.get(identity.viewer.scope, brand_id)
    kinds = ["saved", *(kind for kind in ENTRY_KINDS if kind != "saved")]
    more: Context = {
        "brand": brand, "detail": detail, "variables": VARIABLES, "networks": NETWORKS,
        "groups": [(kind, [one for one in entries if one.entry.kind == kind]) for kind in kinds],
        "kinds": kinds, "stale": [one for one in entries if one.stale],
        "may_write": identity.viewer.may_write(brand_id), "problem": "", "given": {}, "told": "",
    }  # fmt: skip
    return desk.page(
        "knowledge.html", {**context, **more, **told}, 422 if told.get("problem") else 200
    )
