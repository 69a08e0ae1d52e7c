"""The route class of everything that needs a signed-in caller: identity, CSRF, rate, repeats."""

import hashlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from runtime.errors import Invalid
from services.gateway.deps import Answer, Deps, deps_of
from services.gateway.ports import Identity

LONGEST_KEY = 255
Handle = Callable[[Request], Awaitable[Response]]


class GuardedRoute(APIRoute):
    """Checks who asks before anything is read; a POST with an Idempotency-Key is done once."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler behind its checks."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            deps = deps_of(request)
            identity = await deps.auth.signed_in(request)
            await deps.auth.guard_write(request, identity)
            key = request.headers.get("idempotency-key")
            if request.method == "POST" and key:
                return await _once(deps, identity, key, request, handle)
            return await handle(request)

        return guarded


async def identity_of(request: Request) -> Identity:
    """Return who asks, whom the route has already checked (a FastAPI dependency)."""
    return await deps_of(request).auth.signed_in(request)


async def _once(
    deps: Deps, identity: Identity, key: str, request: Request, handle: Handle
) -> Response:
    if len(key) > LONGEST_KEY:
        raise Invalid(
            "idempotency.bad_key", f"An Idempotency-Key has at most {LONGEST_KEY} letters."
        )
    caller = identity.viewer.person_id
    kept = await deps.answers.begin(caller, key, await _fingerprint(request))
    if kept is not None:
        headers = {"Idempotent-Replay": "true"}
        return Response(kept.body, kept.status, headers, media_type=kept.content_type)
    answer: Answer | None = None
    try:
        response = await handle(request)
        if response.status_code < 300:
            kind = response.headers.get("content-type", "application/json")
            answer = Answer(response.status_code, bytes(response.body), kind)
    finally:
        # What failed is not kept: the caller may mend it and send it again under the same key.
        await deps.answers.finish(caller, key, answer)
    return response


async def _fingerprint(request: Request) -> str:
    told = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(told + await request.body()).hexdigest()
