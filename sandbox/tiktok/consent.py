"""TikTok's consent: the token endpoint takes JSON and answers in TikTok's envelope."""

import json

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.consent import Consent, Manner
from sandbox.endpoints import body_of
from sandbox.tiktok.comments import NETWORK
from sandbox.tiktok.errors import envelope, refusal
from sandbox.world import World

_MANNER = Manner(
    NETWORK, "/tiktok/v2/auth/authorize/", "/tiktok/open_api/v1.3/tt_user/oauth2/token/", 86400
)
_REFRESH = "/tiktok/open_api/v1.3/tt_user/oauth2/refresh_token/"


class TikTokConsent(Consent):
    """As everybody's page, with TikTok's own words around the tokens."""

    def __init__(self, world: World) -> None:
        super().__init__(world, _MANNER)

    def router(self) -> APIRouter:
        """Tokens are renewed at an address of their own."""
        router = super().router()
        router.add_api_route(_REFRESH, self.refresh, methods=["POST"])
        return router

    async def token(self, request: Request) -> Response:
        """Give tokens for a code."""
        told = {name: str(value) for name, value in (await body_of(request)).items()}
        told["code"] = told.get("auth_code", "")
        if told.get("grant_type") != "authorization_code":
            return refusal(40002, "grant_type must be authorization_code.").response()
        return _told(self._first(told))

    async def refresh(self, request: Request) -> Response:
        """Give tokens for a refresh token."""
        told = {name: str(value) for name, value in (await body_of(request)).items()}
        return _told(self._again(told.get("refresh_token", "")))


def _told(answer: Response) -> Response:
    if answer.status_code != 200:
        return refusal(40110, "The auth code or refresh token is invalid.").response()
    return JSONResponse(envelope(json.loads(bytes(answer.body))))
