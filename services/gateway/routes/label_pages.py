"""How well a brand's messages are understood, as a page; and correcting a label in a thread."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from contracts.brands import Understanding, VocabularyTerm
from contracts.messages import Labels
from runtime.errors import Conflict, Forbidden, Invalid
from services.gateway.deps import BrandChange, Deps, deps_of
from services.gateway.domain.relabelling import MODELS, drop_of
from services.gateway.domain.views import Viewer
from services.gateway.routes.labels import begin_shadow, settle
from services.gateway.routes.reading import ask_of, thread_context
from services.gateway.store.corrections import CORRECTABLE, SAMPLED
from services.gateway.web.addresses import query_of
from services.gateway.web.frame import Context, Desk, is_part, page_route, writer

MOST_TERMS = 500


def label_routes(desk: Desk) -> APIRouter:
    """Return the routes of labels and of the page about them."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False)

    @router.post("/inbox/m/{message_id}/label/{head}")
    async def correct(request: Request, message_id: str, head: str) -> Response:
        deps, identity = await writer(request)
        form, viewer = await request.form(), identity.viewer
        label = str(form.get("label", ""))
        await deps.corrections.correct(viewer.scope, viewer, message_id, head, label)
        if not is_part(request):
            back = str(form.get("back", ""))
            target = back if back.startswith("/brands/") else f"/inbox/m/{message_id}"
            return RedirectResponse(target, 303)
        context = await desk.frame(request, identity, "inbox")
        context |= await thread_context(deps, identity, message_id)
        context |= {"query": query_of(ask_of(request, viewer)), "message": context["thread"].focus}
        return desk.page("partials/why.html", context)

    @router.get("/brands/{brand_id}/understanding")
    async def look(request: Request, brand_id: str) -> Response:
        return await _page(desk, request, brand_id)

    @router.post("/brands/{brand_id}/understanding")
    async def change(request: Request, brand_id: str) -> Response:
        deps, identity = await writer(request)
        form = await request.form()
        try:
            await _change(deps, identity.viewer, brand_id, form)
        except (Conflict, Forbidden, Invalid) as error:
            return await _page(desk, request, brand_id, error.why)
        return RedirectResponse(f"/brands/{brand_id}/understanding", 303)

    return router


async def _change(deps: Deps, viewer: Viewer, brand_id: str, form: FormData) -> None:
    do, model = str(form.get("do", "")), str(form.get("model", ""))
    if do in ("relabel", "shadow"):
        days = str(form.get("days", ""))
        if not days.isdecimal():
            raise Invalid("relabel.bad_days", "Say for how many days.")
        if do == "relabel":
            await deps.relabels.start(viewer.scope, viewer, brand_id, model, int(days))
        else:
            await begin_shadow(deps, viewer, brand_id, model, int(days))
        deps.nudge()
    elif do in ("switch", "drop"):
        job_id = str(form.get("job_id", ""))
        await settle(deps, viewer, job_id, is_switch=do == "switch")
    else:
        await _change_terms(deps, viewer, brand_id, form)


async def _change_terms(deps: Deps, viewer: Viewer, brand_id: str, form: FormData) -> None:
    """Add or take out a term of the vocabulary, or choose what of the corrections is used."""
    detail = await deps.brands.get(viewer.scope, brand_id)
    how: Understanding = detail.understanding
    terms = list(how.vocabulary)
    do = str(form.get("do", ""))
    if do == "forget":
        gone = str(form.get("term", ""))
        terms = [one for one in terms if one.term != gone]
    elif do == "teach":
        terms.append(_term(form))
    adaptation = {"none": 0, "newest": None}.get(do, how.adaptation)
    if len(terms) > MOST_TERMS:
        raise Invalid("vocabulary.too_many", f"A brand may have {MOST_TERMS} terms.")
    told = how.model_copy(update={"vocabulary": terms, "adaptation": adaptation})
    change = BrandChange(detail.revision, understanding=told)
    await deps.brands.change(viewer.scope, viewer, brand_id, change)
    deps.nudge()


def _term(form: FormData) -> VocabularyTerm:
    term = " ".join(str(form.get("term", "")).split())[:80]
    head, _, label = str(form.get("means", "")).partition(":")
    if not term:
        raise Invalid("vocabulary.empty", "Write the word or phrase first.")
    if head not in ("sentiment", "intent", "offensive", "spam", "irony", "emotion") or not label:
        raise Invalid("vocabulary.unknown_label", "Choose what it means here.")
    language = str(form.get("language", "")) or None
    return VocabularyTerm.model_validate(
        {"term": term, "head": head, "label": label, "language": language}
    )


async def _page(desk: Desk, request: Request, brand_id: str, problem: str = "") -> Response:
    deps = deps_of(request)
    identity = await deps.auth.signed_in(request)
    scope = identity.viewer.scope
    weeks = await deps.corrections.weeks(scope, brand_id)
    sample = await deps.corrections.sample(scope, brand_id)
    context = await desk.frame(request, identity, "brands")
    more: Context = {
        "brand": next(one for one in context["brands"] if one.brand_id == brand_id),
        "detail": await deps.brands.get(scope, brand_id),
        "jobs": await deps.relabels.every(scope, brand_id),
        "weeks": weeks, "drop": drop_of(weeks), "models": MODELS, "problem": problem,
        "sample": [(one, Labels.read(one["labels"]["value"])) for one in sample],
        "asked": SAMPLED, "correctable": CORRECTABLE,
        "may_manage": identity.viewer.may_manage(brand_id),
        "may_write": identity.viewer.may_write(brand_id),
    }  # fmt: skip
    return desk.page("understanding.html", {**context, **more}, 422 if problem else 200)
