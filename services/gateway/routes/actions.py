"""What a person does on a page: answer, take, close, change rules, sign in and out."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import FormData

from contracts.brands import MODES, Policy
from runtime.errors import Conflict, Forbidden, Invalid, Unavailable
from runtime.web import HttpError
from services.gateway.deps import BrandChange, Deps, Release, deps_of
from services.gateway.domain.approvals import left_over
from services.gateway.domain.views import Viewer
from services.gateway.routes.afterwards import AFTERWARDS, release_of, revision_of, text_of
from services.gateway.routes.reading import ask_of, brand_row, thread_context
from services.gateway.web.addresses import query_of
from services.gateway.web.frame import THEMES, Desk, is_part, page_route, theme_of, writer

YEAR_S = 31_536_000
LONGEST_REASON = 300
Act = Callable[[Deps, Viewer, str, FormData], Awaitable[str | None]]


def action_routes(desk: Desk) -> APIRouter:
    """Return the routes that change something."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False)
    _add_drafts(router)
    _add_answers(router, desk)
    _add_items(router, desk)
    _add_rules(router, desk)
    _add_door(router, desk)
    return router


def _add_answers(router: APIRouter, desk: Desk) -> None:
    acts: dict[str, Act] = {
        "approve": _approve,
        "propose": _propose,
        "reject": _reject,
        "retry": _retry,
    }
    acts |= AFTERWARDS

    @router.post("/inbox/m/{message_id}/{act}")
    async def answer(request: Request, message_id: str, act: str) -> Response:
        if act not in acts:
            raise HttpError(404, "page.unknown", "There is no such page.")
        return await _answer(desk, request, message_id, acts[act])


async def _approve(deps: Deps, viewer: Viewer, message_id: str, form: FormData) -> str | None:
    left = await deps.replies.approve(
        viewer.scope, viewer, message_id, await _release(deps, viewer, message_id, form)
    )
    return f"Your yes is kept. It still needs {left_over(left)}." if left else None


async def _propose(deps: Deps, viewer: Viewer, message_id: str, form: FormData) -> str | None:
    await deps.replies.propose(
        viewer.scope, viewer, message_id, await _release(deps, viewer, message_id, form)
    )
    return "It waits for an approver, who sees it as you left it."


async def _reject(deps: Deps, viewer: Viewer, message_id: str, form: FormData) -> str | None:
    reason = _field(form, "reason")[:LONGEST_REASON]
    await deps.replies.reject(viewer.scope, viewer, message_id, reason, revision_of(form))
    return None


async def _retry(deps: Deps, viewer: Viewer, message_id: str, form: FormData) -> str | None:
    await deps.replies.retry(viewer.scope, viewer, message_id, revision_of(form))
    return None


async def _answer(desk: Desk, request: Request, message_id: str, act: Act) -> Response:
    """Do it and return the composer as it is then; what was typed is never lost."""
    deps, identity = await writer(request)
    form = await request.form()
    conflict = problem = told = None
    try:
        told = await act(deps, identity.viewer, message_id, form)
    except Conflict as error:
        conflict = error.why
    except (Invalid, Forbidden, Unavailable) as error:
        problem = error.why
    if not is_part(request):
        return RedirectResponse(f"/inbox/m/{message_id}", 303)
    context = await desk.frame(request, identity, "inbox")
    context |= await thread_context(deps, identity, message_id)
    typed = _text(form) if (conflict or problem) and "text" in form else None
    context |= {"conflict": conflict, "problem": problem, "told": told, "typed": typed}
    status = 409 if conflict else 422 if problem else 200
    return desk.page("partials/composer.html", context, status)


def _add_drafts(router: APIRouter) -> None:
    @router.post("/inbox/m/{message_id}/draft")
    async def save(request: Request, message_id: str) -> Response:
        deps, identity = await writer(request)
        form = await request.form()
        viewer, text = identity.viewer, _text(form)
        try:
            revision = await deps.replies.save_draft(
                viewer.scope, viewer, message_id, text, revision_of(form)
            )
        except Conflict as error:
            return JSONResponse({"conflict": error.why}, 409)
        return JSONResponse({"revision": revision})

    @router.post("/inbox/m/{message_id}/viewing")
    async def viewing(request: Request, message_id: str) -> Response:
        deps, identity = await writer(request)
        viewer = identity.viewer
        message = await deps.inbox.message(viewer.scope, viewer, message_id)
        where = (message_id, message.thread_id)
        await deps.live.note_viewing(viewer, message.brand.brand_id, where)
        return JSONResponse({"names": deps.live.viewers_of(message_id, viewer.person_id)})


def _add_items(router: APIRouter, desk: Desk) -> None:
    @router.post("/inbox/m/{message_id}/item/{action}")
    async def item(request: Request, message_id: str, action: str) -> Response:
        deps, identity = await writer(request)
        actions = {
            "claim": deps.items.claim, "release": deps.items.release,
            "close": deps.items.close, "reopen": deps.items.reopen,
        }  # fmt: skip
        if action not in actions:
            raise HttpError(404, "page.unknown", "There is no such page.")
        problem = None
        try:
            await actions[action](identity.viewer.scope, identity.viewer, message_id)
        except (Conflict, Forbidden) as error:
            problem = error.why
        if not is_part(request):
            return RedirectResponse(f"/inbox/m/{message_id}", 303)
        context = await desk.frame(request, identity, "inbox")
        context |= await thread_context(deps, identity, message_id)
        context |= {"problem": problem, "query": query_of(ask_of(request, identity.viewer))}
        return desk.page("partials/item_actions.html", context, 409 if problem else 200)


def _add_rules(router: APIRouter, desk: Desk) -> None:
    @router.post("/brands/{brand_id}")
    async def change(request: Request, brand_id: str) -> Response:
        deps, identity = await writer(request)
        form, viewer = await request.form(), identity.viewer
        problem = None
        try:
            before = (await deps.brands.get(viewer.scope, brand_id)).policy
            told = BrandChange(revision_of(form), policy=_policy(form, before))
            await deps.brands.change(viewer.scope, viewer, brand_id, told)
            deps.nudge()
        except (Conflict, Invalid, Forbidden) as error:
            problem = error.why
        if problem is None:
            return RedirectResponse(f"/brands/{brand_id}?saved=1", 303)
        context = await desk.frame(request, identity, "brands")
        context["row"] = await brand_row(deps, viewer, brand_id)
        return desk.page("brand.html", {**context, "saved": False, "problem": problem}, 422)

    @router.post("/brands/{brand_id}/brake")
    async def brake(request: Request, brand_id: str) -> Response:
        return await _brake(request, [brand_id])

    @router.post("/brake")
    async def brake_all(request: Request) -> Response:
        return await _brake(request, None)

    @router.post("/settings/theme")
    async def theme(request: Request) -> Response:
        await writer(request)
        chosen = _field(await request.form(), "theme")
        response = RedirectResponse("/settings", 303)
        if chosen in THEMES:
            response.set_cookie("theme", chosen, YEAR_S, samesite="lax", httponly=True)
        else:
            response.delete_cookie("theme")
        return response


async def _brake(request: Request, brand_ids: list[str] | None) -> Response:
    deps, identity = await writer(request)
    is_stopped, viewer = _field(await request.form(), "stop") == "yes", identity.viewer
    await deps.brakes.brake(viewer.scope, viewer, is_stopped=is_stopped, brand_ids=brand_ids)
    back = urlsplit(request.headers.get("referer", "")).path
    return RedirectResponse(back if back.startswith("/brands") else "/brands", 303)


def _add_door(router: APIRouter, desk: Desk) -> None:
    @router.get("/login")
    async def door(request: Request) -> Response:
        target = _local(request.query_params.get("next", ""))
        if await deps_of(request).auth.identify(request):
            return RedirectResponse(target, 303)
        return _door(desk, request, target)

    @router.post("/login")
    async def login(request: Request) -> Response:
        deps, form = deps_of(request), await request.form()
        email, target = _field(form, "email")[:254], _local(_field(form, "next"))
        try:
            session = await deps.auth.login(request, email, str(form.get("password", ""))[:1024])
        except HttpError as error:
            return _door(desk, request, target, email, (error.status, error.detail))
        response = RedirectResponse(target, 303)
        deps.auth.set_cookie(response, session)
        return response

    @router.post("/logout")
    async def logout(request: Request) -> Response:
        deps, identity = await writer(request)
        await deps.auth.logout(identity)
        response = RedirectResponse("/login", 303)
        deps.auth.clear_cookie(response)
        return response


def _door(
    desk: Desk, request: Request, target: str, email: str = "", refusal: tuple[int, str] = (200, "")
) -> Response:
    status, problem = refusal
    context = {"theme": theme_of(request), "next": _local(target), "email": email}
    return desk.page("login.html", {**context, "problem": problem}, status)


def _policy(form: FormData, before: Policy) -> Policy:
    """Return the rules with what the form changes; what it does not show stays."""
    mode = _field(form, "mode")
    try:
        told = {
            "mode": mode if mode in MODES else "suggest",
            "automatic_intents": [str(value) for value in form.getlist("automatic_intents")],
            "minimum_confidence": float(_field(form, "minimum_confidence")) / 100,
            "maximum_urgency": int(_field(form, "maximum_urgency")),
            "per_author_per_day": int(_field(form, "per_author_per_day")),
        }
        return Policy.model_validate(before.model_dump() | told)
    except (ValidationError, ValueError) as error:
        raise Invalid(
            "policy.invalid", "A figure is outside its range. Nothing was changed."
        ) from error


def _local(target: str) -> str:
    """Return a path of ours; the inbox for anything that could lead elsewhere."""
    is_ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    return (
        target if is_ours and target.isprintable() and not target.startswith("/login") else "/inbox"
    )


async def _release(deps: Deps, viewer: Viewer, message_id: str, form: FormData) -> Release:
    hours = None
    if form.get("when"):
        message = await deps.inbox.message(viewer.scope, viewer, message_id)
        brand = await deps.brands.get(viewer.scope, message.brand.brand_id)
        hours = brand.policy.hours
    return release_of(form, hours, deps.clock.now())


def _field(form: FormData, name: str) -> str:
    return str(form.get(name, "")).strip()


def _text(form: FormData) -> str:
    return text_of(form, "text")
