"""Labels by the API: correcting them, the sample to be judged, and reading again with another model."""

from typing import Annotated

from fastapi import APIRouter, Query

from contracts.brands import Shadow
from services.gateway.deps import BrandChange, Deps
from services.gateway.domain.relabelling import JobView, Week
from services.gateway.domain.views import MessageView, Viewer
from services.gateway.routes.guarded import GuardedRoute
from services.gateway.routes.messages import READ, WRITE, Id
from services.gateway.routes.schemas import LabelBody, RelabelBody
from services.gateway.routes.session import Given, Who

router = APIRouter(route_class=GuardedRoute)


@router.post(
    "/messages/{message_id}/labels", tags=["labels"], summary="Correct a label", responses=WRITE
)
async def correct(message_id: Id, body: LabelBody, who: Who, deps: Given) -> MessageView:
    """Say what a label should be; the one it has says that it is right."""
    viewer = who.viewer
    await deps.corrections.correct(viewer.scope, viewer, message_id, body.head, body.label)
    return await deps.inbox.message(viewer.scope, viewer, message_id)


@router.get("/brands/{brand_id}/sample", tags=["labels"], summary="To be judged", responses=READ)
async def sample(brand_id: Id, who: Who, deps: Given) -> list[str]:
    """Return the ids of messages drawn at random that nobody has judged yet."""
    return [one["_id"] for one in await deps.corrections.sample(who.viewer.scope, brand_id)]


@router.get("/brands/{brand_id}/label-weeks", tags=["labels"], summary="By week", responses=READ)
async def weeks(brand_id: Id, who: Who, deps: Given) -> list[Week]:
    """Return the label mix and the agreement with people of the last weeks, the newest first."""
    return await deps.corrections.weeks(who.viewer.scope, brand_id)


@router.post(
    "/brands/{brand_id}/relabels", status_code=202, tags=["labels"], summary="Read again",
    responses=WRITE,
)  # fmt: skip
async def start(brand_id: Id, body: RelabelBody, who: Who, deps: Given) -> JobView:
    """Read the stored messages of the last days with another model, or with `is_shadow` the live
    messages of the next days, and compare. Nothing changes until somebody switches."""
    viewer = who.viewer
    if body.is_shadow:
        job_id = await begin_shadow(deps, viewer, brand_id, body.model, body.days)
    else:
        job_id = await deps.relabels.start(viewer.scope, viewer, brand_id, body.model, body.days)
    deps.nudge()
    return await deps.relabels.get(viewer.scope, job_id)


@router.get("/brands/{brand_id}/relabels", tags=["labels"], summary="Jobs", responses=READ)
async def list_jobs(brand_id: Id, who: Who, deps: Given) -> list[JobView]:
    """Return the brand's jobs, the newest first."""
    return await deps.relabels.every(who.viewer.scope, brand_id)


@router.get("/relabels/{job_id}", tags=["labels"], summary="One job", responses=READ)
async def read_job(job_id: Id, who: Who, deps: Given) -> JobView:
    """Return both models side by side: counts, flips, examples, agreement with people."""
    return await deps.relabels.get(who.viewer.scope, job_id)


@router.post("/relabels/{job_id}/decide", tags=["labels"], summary="Decide", responses=WRITE)
async def decide(
    job_id: Id, who: Who, deps: Given, *, switch: Annotated[bool, Query()] = False
) -> JobView:
    """Take the new labels over (`switch=true`), for stored and coming messages, or drop them."""
    await settle(deps, who.viewer, job_id, is_switch=switch)
    return await deps.relabels.get(who.viewer.scope, job_id)


async def begin_shadow(deps: Deps, viewer: Viewer, brand_id: str, model: str, days: int) -> str:
    """Note a trial on live messages and tell the brand's readers of it; return its id."""
    job_id, until = await deps.relabels.shadow(viewer.scope, viewer, brand_id, model, days)
    detail = await deps.brands.get(viewer.scope, brand_id)
    trial = Shadow(job_id=job_id, model=model, until=until)
    how = detail.understanding.model_copy(update={"shadow": trial})
    change = BrandChange(detail.revision, understanding=how)
    await deps.brands.change(viewer.scope, viewer, brand_id, change)
    return job_id


async def settle(deps: Deps, viewer: Viewer, job_id: str, *, is_switch: bool) -> None:
    """Take a job's labels over and let its model read from now on, or drop it and end its trial."""
    job = await deps.relabels.get(viewer.scope, job_id)
    await deps.relabels.decide(viewer.scope, viewer, job_id, is_switch=is_switch)
    detail = await deps.brands.get(viewer.scope, job.brand_id)
    how = detail.understanding
    if is_switch:
        tier, _, choice = job.model.partition("@")
        adaptation = 0 if choice == "base" else how.adaptation
        told = how.model_copy(update={"model": tier, "adaptation": adaptation})
    elif how.shadow is not None and how.shadow.job_id == job_id:
        told = how.model_copy(update={"shadow": None})
    else:
        return
    change = BrandChange(detail.revision, understanding=told)
    await deps.brands.change(viewer.scope, viewer, job.brand_id, change)
    deps.nudge()
