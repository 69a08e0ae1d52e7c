"""Storms by the API: boards, incidents and what people add, steering, freezing, pages, playbooks."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, Field

from services.gateway.domain.incident_views import (
    BoardView,
    CurvePoint,
    HeldView,
    IncidentLine,
    IncidentView,
    LogLine,
    PageView,
)
from services.gateway.domain.playbooks import Contact, Step
from services.gateway.routes.guarded import GuardedRoute
from services.gateway.routes.messages import READ, WRITE, Id
from services.gateway.routes.schemas import Body, problems
from services.gateway.routes.session import Given, Who
from services.gateway.storm_ports import PlaybookDetail, Wish

router = APIRouter(route_class=GuardedRoute)
StepId = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,40}$")]
BrandSteer = Literal["raise", "end", "snooze", "expect"]


class SteerBody(Body):
    """Until when (snooze and expect need it), and why, or the name of what is expected."""

    until: AwareDatetime | None = None
    note: str = Field(default="", max_length=500)


class FreezeBody(Body):
    """True stops what would go out by itself; False lets it go again."""

    is_frozen: bool
    reason: str = Field(default="", max_length=500)


class TextBody(Body):
    """A note or a statement."""

    text: str = Field(min_length=1, max_length=5_000)


class TickBody(Body):
    """What was done, in a few words."""

    note: str = Field(default="", max_length=2_000)


class VerdictBody(Body):
    """Whether it was a storm."""

    is_confirmed: bool
    note: str = Field(default="", max_length=500)


class PlaybookBody(Body):
    """The whole playbook. `revision` is the one that was looked at, 0 for the default."""

    revision: int = Field(ge=0, le=2**53)
    steps: list[dict[str, Any]] = Field(max_length=100)
    contacts: list[dict[str, Any]] = Field(default_factory=list, max_length=100)
    is_paging_drills: bool = False


class PlaybookOut(Body):
    """A brand's playbook. `stand_ins` are called where no on-call is named."""

    brand_id: str
    revision: int
    steps: list[Step]
    contacts: list[Contact]
    is_paging_drills: bool
    stand_ins: list[str]

    @classmethod
    def of(cls, found: PlaybookDetail) -> "PlaybookOut":
        """Return what is told of a playbook."""
        told = found.playbook
        return cls(
            brand_id=found.brand_id, revision=found.revision, steps=told.steps,
            contacts=told.contacts, is_paging_drills=told.is_paging_drills, stand_ins=found.stand_ins,
        )  # fmt: skip


class Made(Body):
    """The id of what was made."""

    id: str


@router.get("/storms", tags=["storms"], summary="Where my brands stand", responses=problems(401))
async def list_boards(who: Who, deps: Given) -> list[BoardView]:
    """Return storm level, severity and freeze of the caller's brands."""
    return list((await deps.storms.incidents.boards(who.viewer.scope)).values())


@router.get("/brands/{brand_id}/storm", tags=["storms"], summary="One brand", responses=READ)
async def read_board(brand_id: Id, who: Who, deps: Given) -> BoardView:
    """Return where a brand stands."""
    return await deps.storms.incidents.board(who.viewer.scope, brand_id)


@router.post(
    "/brands/{brand_id}/storm/{steer}", status_code=202, tags=["storms"], summary="Steer",
    responses=WRITE,
)  # fmt: skip
async def steer(
    brand_id: Id, steer: BrandSteer, body: SteerBody, who: Who, deps: Given
) -> BoardView:
    """Raise (agents), end, snooze or expect (leads). The new state arrives a moment later."""
    viewer, wish = who.viewer, Wish(steer, body.note, body.until)
    await deps.storms.steering.steer(viewer.scope, viewer, brand_id, wish)
    return await deps.storms.incidents.board(viewer.scope, brand_id)


@router.post(
    "/brands/{brand_id}/freeze", status_code=202, tags=["storms"], summary="Freeze or let go",
    responses=WRITE,
)  # fmt: skip
async def freeze(brand_id: Id, body: FreezeBody, who: Who, deps: Given) -> BoardView:
    """Stop what would go out by itself (agents), or let it go again (leads)."""
    viewer, wish = who.viewer, (body.is_frozen, body.reason)
    await deps.storms.steering.freeze(viewer.scope, viewer, brand_id, wish)
    return await deps.storms.incidents.board(viewer.scope, brand_id)


@router.get("/brands/{brand_id}/held", tags=["storms"], summary="Held answers", responses=READ)
async def list_held(brand_id: Id, who: Who, deps: Given) -> list[HeldView]:
    """Return the answers a freeze stopped; each is let go by a person, as any failed one."""
    return await deps.storms.incidents.held(who.viewer.scope, brand_id)


@router.get("/brands/{brand_id}/playbook", tags=["storms"], summary="Playbook", responses=READ)
async def read_playbook(brand_id: Id, who: Who, deps: Given) -> PlaybookOut:
    """Return a brand's playbook and who is called."""
    return PlaybookOut.of(await deps.storms.playbooks.get(who.viewer.scope, brand_id))


@router.put("/brands/{brand_id}/playbook", tags=["storms"], summary="Change it", responses=WRITE)
async def change_playbook(brand_id: Id, body: PlaybookBody, who: Who, deps: Given) -> PlaybookOut:
    """Put another playbook; owners and leads only. Incidents under way keep theirs."""
    viewer, given = who.viewer, body.model_dump(exclude={"revision"})
    playbooks = deps.storms.playbooks
    changed = await playbooks.change(viewer.scope, viewer, brand_id, body.revision, given)
    return PlaybookOut.of(changed)


@router.get("/incidents", tags=["incidents"], summary="My incidents", responses=problems(401))
async def list_incidents(who: Who, deps: Given) -> list[IncidentLine]:
    """Return the 50 newest incidents of the caller's brands, drills among them."""
    return await deps.storms.incidents.lines(who.viewer.scope)


@router.get("/incidents/{incident_id}", tags=["incidents"], summary="One", responses=READ)
async def read_incident(incident_id: Id, who: Who, deps: Given) -> IncidentView:
    """Return an incident: numbers, explanation, steps, statements, answers given."""
    return await deps.storms.incidents.incident(who.viewer.scope, incident_id)


@router.get("/incidents/{incident_id}/curve", tags=["incidents"], summary="Curve", responses=READ)
async def read_curve(incident_id: Id, who: Who, deps: Given) -> list[CurvePoint]:
    """Return the minutes of an incident, oldest first."""
    return await deps.storms.incidents.curve(who.viewer.scope, incident_id)


@router.get("/incidents/{incident_id}/log", tags=["incidents"], summary="Log", responses=READ)
async def read_log(incident_id: Id, who: Who, deps: Given) -> list[LogLine]:
    """Return the log of an incident, newest first. Nothing in it is ever changed."""
    return await deps.storms.incidents.log(who.viewer.scope, incident_id)


@router.get("/incidents/{incident_id}/pages", tags=["incidents"], summary="Pages", responses=READ)
async def read_pages(incident_id: Id, who: Who, deps: Given) -> list[PageView]:
    """Return who was called, every attempt, and who acknowledged."""
    scope = who.viewer.scope
    await deps.storms.incidents.incident(scope, incident_id)
    return await deps.storms.pages.of_incident(scope, incident_id)


@router.post(
    "/incidents/{incident_id}/acknowledge", status_code=204, tags=["incidents"],
    summary="Acknowledge", responses=WRITE,
)  # fmt: skip
async def acknowledge(incident_id: Id, who: Who, deps: Given) -> None:
    """Acknowledge every page of the incident that still waits."""
    await deps.storms.pages.acknowledge(who.viewer.scope, who.viewer, incident_id)


@router.post(
    "/incidents/{incident_id}/notes", status_code=204, tags=["incidents"], summary="Add a note",
    responses=WRITE,
)  # fmt: skip
async def add_note(incident_id: Id, body: TextBody, who: Who, deps: Given) -> None:
    """Add a note to the log, with author and time."""
    await deps.storms.incidents.note(who.viewer.scope, who.viewer, incident_id, body.text)


@router.post(
    "/incidents/{incident_id}/steps/{step_id}", status_code=204, tags=["incidents"],
    summary="Tick a step", responses=WRITE,
)  # fmt: skip
async def tick(incident_id: Id, step_id: StepId, body: TickBody, who: Who, deps: Given) -> None:
    """Tick a step of the playbook as done."""
    viewer = who.viewer
    await deps.storms.incidents.tick(viewer.scope, viewer, incident_id, step_id, body.note)


@router.post(
    "/incidents/{incident_id}/steps/{step_id}/page", status_code=204, tags=["incidents"],
    summary="Page now", responses=WRITE,
)  # fmt: skip
async def page_now(incident_id: Id, step_id: StepId, who: Who, deps: Given) -> None:
    """Page whom a step names, without waiting for its level."""
    await deps.storms.pages.page_now(who.viewer.scope, who.viewer, incident_id, step_id)


@router.post(
    "/incidents/{incident_id}/statements", status_code=201, tags=["incidents"],
    summary="Draft a statement", responses=WRITE,
)  # fmt: skip
async def draft_statement(incident_id: Id, body: TextBody, who: Who, deps: Given) -> Made:
    """Keep a holding statement to be signed off. Nothing sends it by itself, then or ever."""
    viewer, incidents = who.viewer, deps.storms.incidents
    made = await incidents.draft_statement(viewer.scope, viewer, incident_id, body.text)
    return Made(id=made)


@router.post(
    "/incidents/{incident_id}/statements/{statement_id}/sign", status_code=204,
    tags=["incidents"], summary="Sign off", responses=WRITE,
)  # fmt: skip
async def sign(incident_id: Id, statement_id: Id, who: Who, deps: Given) -> None:
    """Sign a statement off as a text to use; approvers and leads."""
    viewer = who.viewer
    await deps.storms.incidents.sign(viewer.scope, viewer, incident_id, statement_id)


@router.post(
    "/incidents/{incident_id}/verdict", status_code=204, tags=["incidents"], summary="Judge",
    responses=WRITE,
)  # fmt: skip
async def judge(incident_id: Id, body: VerdictBody, who: Who, deps: Given) -> None:
    """Say after the end whether it was a storm; that sets the brand's alarm."""
    viewer, verdict = who.viewer, (body.is_confirmed, body.note)
    await deps.storms.steering.judge(viewer.scope, viewer, incident_id, verdict)
