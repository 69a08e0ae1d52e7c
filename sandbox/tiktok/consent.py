"""TikTok's consent: the token endpoint takes JSON and answers in TikTok's envelope."""

import json

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


class TikTokConsent(Consent):
    """As everybody's page, with TikTok's own words around the tokens."""

    def __init__(self, world: World) -> None:
        super().__init__(world, _MANNER)

    async def token(self, request: Request) -> Response:
        """Give tokens for a code or a refresh token."""
        told = {name: str(value) for name, value in (await body_of(request)).items()}
        told["code"] = told.get("auth_code", "")
        is_first = told.get("grant_type") == "authorization_code"
        answer = self._first(told) if is_first else self._again(told.get("refresh_token", ""))
        if answer.status_code != 200:
            return refusal(40110, "The auth code or refresh token is invalid.").response()
        return JSONResponse(envelope(json.loads(bytes(answer.body))))
