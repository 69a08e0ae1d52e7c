"""Signing in at the Graph stand-in: a consent page, codes for tokens, and whose pages a person looks after."""

import secrets
from html import escape
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sandbox.graph import errors
from sandbox.graph.params import params_of
from sandbox.models import Account
from sandbox.world import World

PERSON = "sandbox-person-"
"""Tokens that begin so are a person's, who looks after every page there is."""

_LASTS_S = 60 * 86400
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in</title></head><body>
<h1>{title}</h1><p>An app asks to read and answer for:</p><ul>{rows}</ul>{forms}
<p><a href="{refuse}">Not now</a></p></body></html>"""


class Login:
    """Codes are good once and die with the process; a person's token has no state at all."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._codes: dict[str, str] = {}

    def router(self) -> APIRouter:
        """The paths of both logins; they come before the paths of objects."""
        router = APIRouter(prefix="/graph")
        add = router.add_api_route
        add("/dialog/oauth", self.dialog, methods=["GET"])
        add("/dialog/oauth", self.consent, methods=["POST"])
        add("/instagram/oauth/authorize", self.instagram_dialog, methods=["GET"])
        for path in ("/oauth/access_token", "/access_token", "/refresh_access_token"):
            add(path, self.token, methods=["GET", "POST"])
        add("/me/accounts", self.accounts, methods=["GET"])
        return router

    async def dialog(self, request: Request) -> Response:
        """The consent page of a Facebook login."""
        pages = self._world.accounts("facebook")
        return self._consent_page(request, "Continue with Facebook", pages, [PERSON])

    async def instagram_dialog(self, request: Request) -> Response:
        """The consent page of an Instagram login: one account."""
        own = self._world.accounts("instagram")
        return self._consent_page(request, "Continue with Instagram", own, [a.id for a in own])

    def _consent_page(
        self, request: Request, title: str, accounts: list[Account], choices: list[str]
    ) -> Response:
        asked = dict(request.query_params)
        back = asked.get("redirect_uri", "")
        if urlsplit(back).scheme not in ("http", "https"):
            return errors.bad_parameter("redirect_uri is missing or no address").response()
        rows = "".join(f"<li>{escape(one.name)}</li>" for one in accounts)
        kept = {"redirect_uri": back, "state": asked.get("state", "")}
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">'
            for name, value in kept.items()
        )
        forms = "".join(
            f'<form method="post" action="{self._world.origin}/graph/dialog/oauth">{hidden}'
            f'<button name="who" value="{escape(one)}">Allow</button></form>'
            for one in choices
        )
        refuse = _with(back, error="access_denied", state=kept["state"])
        page = _PAGE.format(title=title, rows=rows, forms=forms, refuse=escape(refuse))
        return HTMLResponse(page)

    async def consent(self, request: Request) -> Response:
        """The person allowed it: back to the app, with a code."""
        form = await params_of(request)
        code = secrets.token_urlsafe(16)
        self._codes[code] = form.get("who", PERSON)
        back = _with(form.get("redirect_uri", ""), code=code, state=form.get("state", ""))
        return RedirectResponse(back, 303)

    async def token(self, request: Request) -> Response:
        """A code for a token, a short token for a long one, or a token renewed."""
        asked = await params_of(request)
        if asked.get("code"):
            return self._by_code(asked["code"])
        bearer = request.headers.get("authorization", "").partition(" ")[2]
        old = asked.get("fb_exchange_token") or asked.get("access_token") or bearer
        is_person = asked.get("grant_type") == "fb_exchange_token" and old.startswith(PERSON)
        is_known = self._world.account_by_token("instagram", old) is not None
        is_instagram = asked.get("grant_type") == "ig_refresh_token" and is_known
        if not (is_person or is_instagram):
            return errors.bad_parameter("This token cannot be exchanged").response()
        return _token(f"{PERSON}long" if is_person else old)

    def _by_code(self, code: str) -> Response:
        who = self._codes.pop(code, None)
        if who is None:
            return errors.bad_parameter("This authorization code has been used.").response()
        account = self._world.account("instagram", who)
        if account is None:
            return _token(f"{PERSON}{code[:8]}")
        told = {"access_token": account.token, "user_id": int(account.id), "permissions": ""}
        return JSONResponse(told)

    async def accounts(self, request: Request) -> Response:
        """The pages of a person, each with its token; a page itself has none."""
        bearer = request.headers.get("authorization", "").partition(" ")[2]
        if not bearer.startswith(PERSON):
            is_known = self._world.account_by_token("facebook", bearer) is not None
            why = "Tried accessing nonexisting field (accounts) on node type (Page)"
            error = errors.bad_parameter(why) if is_known else errors.unknown_token()
            return error.response()
        pages = [self._page(one) for one in self._world.accounts("facebook")]
        return JSONResponse({"data": pages})

    def _page(self, account: Account) -> dict[str, Any]:
        page: dict[str, Any] = {
            "id": account.id,
            "name": account.name,
            "username": account.handle,
            "access_token": account.token,
        }
        for one in self._world.accounts("instagram"):
            if one.options.get("page_id") == account.id:
                linked = {"id": one.id, "username": one.handle, "name": one.name}
                page["instagram_business_account"] = linked
        return page


def _token(value: str) -> Response:
    told = {"access_token": value, "token_type": "bearer", "expires_in": _LASTS_S}
    return JSONResponse(told)


def _with(address: str, **params: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(params)}"
