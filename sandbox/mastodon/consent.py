"""OAuth of the Mastodon stand-in: apps that register themselves, a consent page, codes and tokens (PKCE)."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sandbox.models import Account
from sandbox.world import World

CODE_LASTS = timedelta(minutes=10)
Form = dict[str, Any]
_HIDDEN = (
    "client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge",
    "code_challenge_method",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class App:
    """A client that registered itself."""

    client_id: str
    client_secret: str = field(repr=False)
    name: str
    redirect_uris: tuple[str, ...]
    scopes: str


@dataclass(frozen=True, slots=True)
class Code:
    """A consent that was given and not yet turned into a token."""

    app: App
    account_id: str
    redirect_uri: str
    scope: str
    challenge: str
    given_at: datetime


class Refusal(Exception):
    """An answer in OAuth's error form (RFC 6749, 5.2)."""

    def __init__(self, status: int, error: str, why: str) -> None:
        super().__init__(why)
        self.status, self.error, self.why = status, error, why


class Consent:
    """Apps and codes are forgotten when the sandbox ends; tokens are the accounts' own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._apps: dict[str, App] = {}
        self._codes: dict[str, Code] = {}

    def router(self) -> APIRouter:
        """The paths, without the stand-in's prefix."""
        router = APIRouter()
        for method, path, handler in (
            ("GET", "/.well-known/oauth-authorization-server", self.about),
            ("POST", "/api/v1/apps", self.register),
            ("GET", "/oauth/authorize", self.ask),
            ("POST", "/oauth/authorize", self.decide),
            ("POST", "/oauth/token", self.token),
            ("POST", "/oauth/revoke", self.revoke),
        ):
            router.add_api_route(path, handler, methods=[method])
        return router

    async def about(self) -> Form:
        """Where everything is (RFC 8414); PKCE since 4.3."""
        here = f"{self._world.origin}/mastodon"
        return {
            "issuer": f"{here}/",
            "authorization_endpoint": f"{here}/oauth/authorize",
            "token_endpoint": f"{here}/oauth/token",
            "revocation_endpoint": f"{here}/oauth/revoke",
            "app_registration_endpoint": f"{here}/api/v1/apps",
            "scopes_supported": ["read", "write", "profile"],
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }

    async def register(self, request: Request) -> Response:
        """Any app may register itself."""
        form = await _form(request)
        uris = form.get("redirect_uris") or ""
        listed = tuple(uris) if isinstance(uris, list) else tuple(str(uris).split())
        if not form.get("client_name") or not listed:
            why = "Validation failed: Application name can't be blank"
            return JSONResponse({"error": why}, 422)
        app = App(
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(32),
            str(form["client_name"]),
            listed,
            str(form.get("scopes") or "read"),
        )
        self._apps[app.client_id] = app
        return JSONResponse(_app(app, form.get("website"), str(len(self._apps))))

    async def ask(self, request: Request) -> Response:
        """The page a person sees: which account, and for whom."""
        form = dict(request.query_params)
        try:
            app = self._asking(form)
        except Refusal as refusal:
            return HTMLResponse(f"<h1>{escape(refusal.why)}</h1>", refusal.status)
        return HTMLResponse(self._page(app, form))

    async def decide(self, request: Request) -> Response:
        """What the person chose; back to the app with a code, or with a refusal."""
        form = await _form(request)
        try:
            app = self._asking(form)
        except Refusal as refusal:
            return HTMLResponse(f"<h1>{escape(refusal.why)}</h1>", refusal.status)
        account = self._world.account("mastodon", str(form.get("account")))
        back = {"state": str(form["state"])} if form.get("state") else {}
        if form.get("decision") == "deny" or account is None:
            why = "The resource owner or authorization server denied the request."
            return _redirect(form, {"error": "access_denied", "error_description": why, **back})
        code = secrets.token_urlsafe(32)
        self._codes[code] = Code(
            app,
            account.id,
            str(form["redirect_uri"]),
            str(form.get("scope") or "read"),
            str(form.get("code_challenge") or ""),
            self._world.now(),
        )
        return _redirect(form, {"code": code, **back})

    async def token(self, request: Request) -> Response:
        """Turn a code into the account's token, once."""
        form = await _form(request)
        try:
            code = self._redeem(form, *_basic(request))
        except Refusal as refusal:
            body = {"error": refusal.error, "error_description": refusal.why}
            return JSONResponse(body, refusal.status)
        account = self._world.account("mastodon", code.account_id)
        assert account is not None
        if account.is_token_revoked:
            self._world.put_account(account.model_copy(update={"is_token_revoked": False}))
        return JSONResponse(
            {
                "access_token": account.token,
                "token_type": "Bearer",
                "scope": code.scope,
                "created_at": int(self._world.now().timestamp()),
            }
        )

    async def revoke(self, request: Request) -> Response:
        """Take a token back."""
        account = self._world.account_by_token("mastodon", str((await _form(request)).get("token")))
        if account is not None:
            self._world.put_account(account.model_copy(update={"is_token_revoked": True}))
        return JSONResponse({})

    def _asking(self, form: Form) -> App:
        app = self._apps.get(str(form.get("client_id")))
        if app is None:
            raise Refusal(401, "invalid_client", "Client authentication failed")
        if form.get("redirect_uri") not in app.redirect_uris:
            raise Refusal(400, "invalid_redirect_uri", "The redirect URI included is not valid.")
        if form.get("response_type") != "code":
            raise Refusal(400, "unsupported_response_type", "The response type is not supported.")
        if not set(str(form.get("scope") or "read").split()) <= set(app.scopes.split()):
            raise Refusal(400, "invalid_scope", "The requested scope is invalid.")
        if form.get("code_challenge") and form.get("code_challenge_method") != "S256":
            raise Refusal(400, "invalid_code_challenge_method", "Only S256 is supported.")
        return app

    def _redeem(self, form: Form, user: str, password: str) -> Code:
        app = self._apps.get(user or str(form.get("client_id")))
        secret = password or str(form.get("client_secret"))
        if app is None or not secrets.compare_digest(app.client_secret.encode(), secret.encode()):
            raise Refusal(401, "invalid_client", "Client authentication failed")
        if form.get("grant_type") != "authorization_code":
            raise Refusal(400, "unsupported_grant_type", "The grant type is not supported.")
        code = self._codes.pop(str(form.get("code")), None)
        is_fresh = code is not None and self._world.now() - code.given_at < CODE_LASTS
        is_same = code is not None and (code.app, code.redirect_uri) == (
            app,
            form.get("redirect_uri"),
        )
        if code is None or not is_fresh or not is_same or not _is_proven(code, form):
            raise Refusal(400, "invalid_grant", "The provided authorization grant is invalid.")
        return code

    def _page(self, app: App, form: Form) -> str:
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(str(form[name]))}">'
            for name in _HIDDEN
            if form.get(name)
        )
        options = "".join(_option(one) for one in self._world.accounts("mastodon"))
        return (
            "<!doctype html><html lang=en><meta charset=utf-8><title>Authorise</title>"
            f"<h1>{escape(app.name)} wants to use your account</h1>"
            f"<p>Scopes: {escape(str(form.get('scope') or 'read'))}</p>"
            f'<form method="post" action="authorize">{hidden}'
            f'<label>Account <select name="account">{options}</select></label> '
            '<button name="decision" value="allow">Authorise</button> '
            '<button name="decision" value="deny">Deny</button></form></html>'
        )


def _app(app: App, website: object, number: str) -> Form:
    return {
        "id": number,
        "name": app.name,
        "website": website,
        "scopes": app.scopes.split(),
        "redirect_uris": list(app.redirect_uris),
        "redirect_uri": "\n".join(app.redirect_uris),
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "client_secret_expires_at": 0,
        "vapid_key": "sandbox",
    }


def _option(account: Account) -> str:
    return f'<option value="{escape(account.id)}">{escape(account.name)}</option>'


def _is_proven(code: Code, form: Form) -> bool:
    """RFC 7636: who brings the code must know what its asker knew."""
    if not code.challenge:
        return True
    digest = hashlib.sha256(str(form.get("code_verifier") or "").encode()).digest()
    proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return secrets.compare_digest(proof, code.challenge)


def _redirect(form: Form, more: dict[str, str]) -> Response:
    uri = str(form["redirect_uri"])
    return RedirectResponse(f"{uri}{'&' if '?' in uri else '?'}{urlencode(more)}", 302)


def _basic(request: Request) -> tuple[str, str]:
    scheme, _, packed = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(packed).decode().partition(":")
    except ValueError:
        return "", ""
    return user, password


async def _form(request: Request) -> Form:
    body = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            told = await request.json()
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}
    return dict(parse_qsl(body.decode("utf-8", "replace")))
