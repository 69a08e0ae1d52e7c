"""Codes and refresh tokens against access tokens (RFC 6749). Nothing is stored here; what a network adds
of its own (Meta's longer tokens) is in its connector's `check`."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx

from contracts.networks import reddit
from contracts.networks.protocol import OAuth
from runtime.clock import Clock
from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.http import retry_after_s
from services.ingest.connectors.protocol import AppSecrets

_LONGEST_S = 10 * 365 * 86400.0
_BASIC = frozenset({"x", "reddit"})
"""Apps whose token endpoint wants the client in the Authorization header."""

AGENTS = {"reddit": reddit.user_agent(None, None)}
"""What apps call themselves where the network throttles who does not in its form."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks: the app by name, where its tokens are given out, its id and secret.

    `refresh_url`: where they are renewed, if elsewhere.
    """

    app: str
    token_url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    refresh_url: str = ""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a network gave: never logged, sealed before it is stored."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Renewal:
    """All that renewing a token needs: sealed whole, as text."""

    client: Client
    refresh_token: str = field(repr=False)

    def to_text(self) -> str:
        """Return the text to seal. The secret of an app in the settings is not in it."""
        return json.dumps({**asdict(self.client), "refresh_token": self.refresh_token})

    def without_secret(self) -> "Renewal":
        """Return it without the client's secret."""
        return replace(self, client=replace(self.client, client_secret=""))

    @classmethod
    def from_text(cls, text: str, apps: Mapping[str, AppSecrets]) -> "Renewal":
        """Read what was sealed; the settings' secret is the newer one."""
        told = json.loads(text)
        app = apps.get(told["app"])
        secret = told["client_secret"] or (app.secrets[0] if app and app.secrets else "")
        client = Client(
            told["app"], told["token_url"], told["client_id"], secret, told.get("refresh_url", "")
        )
        return cls(client, told["refresh_token"])


def client_of(
    oauth: OAuth, base_url: str, secrets: Mapping[str, str], apps: Mapping[str, AppSecrets]
) -> Client:
    """Return whose name to ask in. Raises `Invalid` when the app is not set up."""
    app = apps.get(oauth.app) or AppSecrets()
    client_id = secrets.get("client_id") or app.client_id
    secret = secrets.get("client_secret") or (app.secrets[0] if app.secrets else "")
    if not client_id:
        raise Invalid("connect.app_missing", f"no app {oauth.app} is set up here")
    url = app.token_url or oauth.token_url
    full = f"{base_url.rstrip('/')}{url}" if url.startswith("/") else url
    # Who sets another address for the tokens has them renewed there, too.
    refresh_url = app.refresh_url or ("" if app.token_url else oauth.refresh_url)
    return Client(oauth.app, full, client_id, secret, refresh_url)


class TokenDesk:
    """Asks token endpoints. `client` calls what a network documents, `guarded` what a person typed."""

    def __init__(self, client: httpx.AsyncClient, guarded: httpx.AsyncClient, clock: Clock) -> None:
        self._client = client
        self._guarded = guarded
        self._clock = clock

    async def exchange(self, client: Client, secrets: Mapping[str, str]) -> Tokens:
        """Return the tokens for a code. Raises `Invalid`, `Reauthorise` (refused), `Unavailable`."""
        form = {
            "grant_type": "authorization_code",
            "code": secrets["code"],
            "redirect_uri": secrets.get("redirect_uri", ""),
            "code_verifier": secrets.get("code_verifier", ""),
        }
        if client.app == "tiktok":
            form["auth_code"] = form["code"]
        return self._read(await self._ask(client, form))

    async def refresh(self, renewal: Renewal) -> Tokens:
        """Return new tokens; the refresh token may have changed. Raises as `exchange`."""
        form = {"grant_type": "refresh_token", "refresh_token": renewal.refresh_token}
        client = renewal.client
        there = replace(client, token_url=client.refresh_url or client.token_url)
        tokens = self._read(await self._ask(there, form))
        kept = tokens.refresh_token or renewal.refresh_token
        return Tokens(tokens.access_token, kept, tokens.expires_at)

    async def _ask(self, client: Client, form: dict[str, str]) -> dict[str, Any]:
        filled = {key: value for key, value in form.items() if value}
        basic = client.app in _BASIC and bool(client.client_secret)
        if not basic:
            filled |= {"client_id": client.client_id, "client_secret": client.client_secret}
        else:
            filled["client_id"] = client.client_id
        how: dict[str, Any] = {"json": filled} if client.app == "tiktok" else {"data": filled}
        if basic:
            how["auth"] = httpx.BasicAuth(client.client_id, client.client_secret)
        http = self._guarded if client.app == "mastodon" else self._client
        how["headers"] = {
            "Accept": "application/json",
            "User-Agent": AGENTS.get(client.app, "rapport"),
        }
        return await self._call(http, client.token_url, how)

    async def _call(self, http: httpx.AsyncClient, url: str, how: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = await http.post(url, **how)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise Unavailable("oauth.unreachable", type(error).__name__) from None
        told = _object(answer)
        if (meaning := self._meaning(answer, told)) is not None:
            raise meaning
        return told

    def _meaning(self, answer: httpx.Response, told: dict[str, Any]) -> RapportError | None:
        status = answer.status_code
        if status == 429 or status >= 500:
            wait_s = retry_after_s(answer.headers, self._clock.now())
            return Unavailable("oauth.unavailable", f"HTTP {status}", wait_s)
        if answer.is_success and "error" not in told and told.get("code") in (None, 0):
            return None
        why = _why(told) or f"HTTP {status}"
        if told.get("error") in ("invalid_client", "unauthorized_client"):
            return Invalid("connect.app_missing", f"the network does not know this app: {why}")
        return Reauthorise("connect.code_refused", why)

    def _read(self, told: dict[str, Any]) -> Tokens:
        inner = told.get("data")
        if isinstance(inner, list) and inner:
            inner = inner[0]
        part = inner if isinstance(inner, dict) and "access_token" in inner else told
        access, refresh = part.get("access_token"), part.get("refresh_token")
        if not isinstance(access, str) or not access:
            raise Unavailable("oauth.unavailable", "the answer holds no access token")
        kept = refresh if isinstance(refresh, str) and refresh else None
        return Tokens(access, kept, self._end_of(part.get("expires_in")))

    def _end_of(self, lives_s: object) -> datetime | None:
        if isinstance(lives_s, str) and lives_s.isascii() and lives_s.isdigit():
            lives_s = int(lives_s[:12])
        if isinstance(lives_s, bool) or not isinstance(lives_s, int | float) or lives_s <= 0:
            return None
        return self._clock.now() + timedelta(seconds=min(float(lives_s), _LONGEST_S))


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        told = None
    if isinstance(told, dict):
        return told
    if answer.is_success:
        raise Unavailable("oauth.unavailable", "the answer is no JSON object")
    return {}


def _why(told: dict[str, Any]) -> str:
    error = told.get("error")
    if isinstance(error, dict):
        error = error.get("message")
    text = told.get("error_description") or error or told.get("message") or ""
    return str(text)[:200]
