"""Signing in and out, by the API."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.gateway.deps import Deps, deps_of
from services.gateway.ports import Identity
from services.gateway.routes.guarded import GuardedRoute, identity_of
from services.gateway.routes.schemas import Login, Me, problems

Given = Annotated[Deps, Depends(deps_of)]
Who = Annotated[Identity, Depends(identity_of)]

door = APIRouter(prefix="/session", tags=["session"])
router = APIRouter(prefix="/session", tags=["session"], route_class=GuardedRoute)


@door.post("", status_code=201, summary="Sign in", responses=problems(401, 403, 413, 422, 429))
async def open_session(request: Request, response: Response, body: Login, deps: Given) -> Me:
    """Open a session: the answer sets the cookie and carries the CSRF token."""
    session = await deps.auth.login(request, body.email, body.password)
    deps.auth.set_cookie(response, session)
    return _me(Identity(session.viewer, "session", "", session.csrf_token))


@router.get("", summary="Who is signed in", responses=problems(401))
async def read_session(who: Who) -> Me:
    """Return the person or key behind this request, with the roles by brand."""
    return _me(who)


@router.delete("", status_code=204, summary="Sign out", responses=problems(401, 403, 429))
async def end_session(response: Response, who: Who, deps: Given) -> None:
    """End the session at once, on every process."""
    await deps.auth.logout(who)
    deps.auth.clear_cookie(response)


def _me(who: Identity) -> Me:
    viewer = who.viewer
    return Me(
        person_id=viewer.person_id,
        name=viewer.name,
        email=viewer.email,
        agency_id=viewer.agency_id,
        roles=viewer.roles,
        csrf_token=who.csrf_token,
    )
