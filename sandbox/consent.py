"""A network's consent page and token endpoint (RFC 6749, RFC 7636) for stand-ins. Which network rotates what is theirs."""

import hashlib
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass
from html import escape
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sandbox.models import Account, Network
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Manner:
    """How one network does it. `rotates`: a refresh token is good once. `needs_basic`: the app names itself so."""

    network: Network
    authorize: str
    token: str
    expires_in: int
    rotates: bool = False
    needs_basic: bool = False
    needs_pkce: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """What a code was given for."""

    account_id: str
    redirect_uri: str
    challenge: str


class Consent:
    """The page on which a person allows, and the tokens that come of it. Tokens live with the account."""

    def __init__(self, world: World, manner: Manner) -> None:
        self._world, self._manner = world, manner
        self._codes: dict[str, Code] = {}

    def router(self) -> APIRouter:
        """The two paths, and the one behind the page's button."""
        router = APIRouter()
        router.add_api_route(self._manner.authorize, self.page, methods=["GET"])
        router.add_api_route(f"{self._manner.authorize}/allow", self.allow, methods=["GET"])
        router.add_api_route(self._manner.token, self.token, methods=["POST"])
        return router

    async def page(self, request: Request) -> Response:
        """One link for each account; nothing else."""
        asked = request.query_params
        if asked.get("response_type") != "code" or not asked.get("redirect_uri"):
            return HTMLResponse("<h1>invalid_request</h1>", 400)
        if self._manner.needs_pkce and asked.get("code_challenge_method") != "S256":
            return HTMLResponse("<h1>code_challenge is missing</h1>", 400)
        links = "".join(
            f"<li><a href='{escape(self._link(request, one))}'>Allow as {escape(one.name)}</a></li>"
            for one in self._world.accounts(self._manner.network)
        )
        return HTMLResponse(
            f"<!doctype html><meta charset=utf-8><title>Sandbox</title><ul>{links}</ul>"
        )

    def _link(self, request: Request, account: Account) -> str:
        kept = ("redirect_uri", "state", "code_challenge")
        wish = {name: request.query_params.get(name, "") for name in kept}
        path = f"{self._manner.authorize}/allow"
        return f"{path}?{urlencode({**wish, 'account': account.id})}"

    async def allow(self, request: Request) -> Response:
        """Send the person back with a code."""
        asked = request.query_params
        code = token_urlsafe(16)
        target = asked.get("redirect_uri", "")
        self._codes[code] = Code(asked.get("account", ""), target, asked.get("code_challenge", ""))
        sign = "&" if "?" in target else "?"
        told = urlencode({"code": code, "state": asked.get("state", "")})
        return RedirectResponse(f"{target}{sign}{told}", 303)

    async def token(self, request: Request) -> Response:
        """Give tokens for a code or a refresh token."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        if self._manner.needs_basic and not _has_basic(request):
            return JSONResponse({"message": "Unauthorized", "error": 401}, 401)
        grant = form.get("grant_type")
        if grant == "authorization_code":
            return self._first(form)
        if grant == "refresh_token":
            return self._again(form.get("refresh_token", ""))
        return _refused("unsupported_grant_type")

    def _first(self, form: dict[str, str]) -> Response:
        code = self._codes.pop(form.get("code", ""), None)
        account = self._world.account(self._manner.network, code.account_id) if code else None
        if code is None or account is None or form.get("redirect_uri") != code.redirect_uri:
            return _refused("invalid_grant")
        if code.challenge and code.challenge != _challenge(form.get("code_verifier", "")):
            return _refused("invalid_grant")
        return self._give(account, token_urlsafe(24))

    def _again(self, refresh: str) -> Response:
        for account in self._world.accounts(self._manner.network):
            if refresh and account.options.get("refresh_token") == refresh:
                return self._give(account, token_urlsafe(24) if self._manner.rotates else refresh)
        return _refused("invalid_grant")

    def _give(self, account: Account, refresh: str) -> Response:
        token = token_urlsafe(24)
        options = {**account.options, "refresh_token": refresh}
        changed = {"token": token, "options": options, "is_token_revoked": False}
        self._world.put_account(account.model_copy(update=changed))
        return JSONResponse(
            {
                "token_type": "bearer",
                "expires_in": self._manner.expires_in,
                "access_token": token,
                "refresh_token": refresh,
                "scope": "",
            }
        )


def _refused(why: str) -> Response:
    told: dict[str, Any] = {"error": why, "error_description": "The grant is not valid."}
    return JSONResponse(told, 400)


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _has_basic(request: Request) -> bool:
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    try:
        return scheme.lower() == "basic" and ":" in b64decode(told).decode()
    except ValueError:
        return False
