"""Connecting an account: by form, or by the network's consent page (RFC 6749 with PKCE, RFC 7636).

Secrets are sealed for ingest before anything is stored; the gateway itself cannot open them again.
"""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from contracts.ids import random_id
from contracts.networks.protocol import OAuth, Rules
from contracts.networks.table import NETWORKS, rules
from runtime.crypto import seal_to
from runtime.errors import Forbidden, Invalid, NotFound, Unavailable
from services.gateway.domain.account_views import ConsentView, RequestView, Ways
from services.gateway.domain.forms import beside_consent, filled, has_form, server_of
from services.gateway.domain.views import Viewer
from services.gateway.ports import Accounts, Begun, Consents, Identity, Wanted
from services.gateway.registration import Registrar
from services.gateway.settings import App, GatewaySettings

CALLBACK = "/connect/callback"
_NO_KEY = "Connecting is not set up here: GATEWAY_CONNECT_KEY is missing."


class Misfilled(Invalid):
    """A form that is not right: `problems` says for each field by name what is wrong with it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("connect.misfilled", " ".join(problems.values()))
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Connecting:
    """Turns what a person filled in, or agreed to, into a request that ingest carries out."""

    settings: GatewaySettings
    accounts: Accounts
    consents: Consents
    registrar: Registrar

    def ways(self, network: str) -> Ways:
        """Return how an account of this network can be connected here. Raises `NotFound`."""
        found = known(network)
        oauth = found.connecting.oauth
        is_own_server = oauth is not None and not urlsplit(oauth.authorize_url).netloc
        has_app = oauth is not None and oauth.app in self.settings.gateway_apps
        with_others = (one for one in NETWORKS if network in rules(one).connecting.also_connects)
        return Ways(
            network=network,
            has_form=has_form(found.connecting),
            has_consent=has_app or is_own_server,
            asks_server=is_own_server,
            app=oauth.app if oauth and not has_app and not is_own_server else None,
            comes_with=list(with_others),
            is_ready=bool(self.settings.gateway_connect_key),
        )

    async def by_form(
        self, viewer: Viewer, brand_id: str, network: str, values: Mapping[str, str]
    ) -> RequestView:
        """Ask for an account as the form says. Raises `Misfilled` for fields that are wrong."""
        self.accounts.guard(viewer, brand_id)
        connecting = known(network).connecting
        if not has_form(connecting):
            raise Invalid("connect.no_form", "This network is connected by its own sign-in.")
        form = filled(connecting, values)
        if form.problems:
            raise Misfilled(form.problems)
        asked = Begun(brand_id, "", network, form.base_url, form.options, form.secrets)
        return await self._ask(viewer, asked)

    async def begin(
        self,
        identity: Identity,
        brand_id: str,
        network: str,
        server: str = "",
        values: Mapping[str, str] | None = None,
    ) -> ConsentView:
        """Begin a consent; return where to go. The answer comes back to the same session only.

        `values`: what the network's form asks beside the sign-in. Raises `Misfilled` for wrong ones.
        """
        self.accounts.guard(identity.viewer, brand_id)
        found = known(network)
        if identity.kind != "session":
            raise Forbidden(
                "consent.needs_session", "A person must agree at the network, signed in here."
            )
        if found.connecting.oauth is None:
            raise Invalid("connect.no_consent", "This network has no sign-in; use the form.")
        self._guard_key()
        form = filled(beside_consent(found.connecting), values or {})
        if form.problems:
            raise Misfilled(form.problems)
        oauth = found.connecting.oauth
        is_own_server = not urlsplit(oauth.authorize_url).netloc
        base_url = _server(server) if is_own_server else found.connecting.base_url
        app = await self._app(oauth, base_url, is_own_server=is_own_server)
        if not is_own_server:
            base_url = app.base_urls.get(network, base_url)
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        kept = {"client_id": app.client_id, "redirect_uri": self._redirect_uri}
        if app.client_secret:
            kept["client_secret"] = app.client_secret
        if oauth.has_pkce:
            kept["code_verifier"] = verifier
        begun = Begun(brand_id, identity.key, network, base_url, form.options, kept)
        ends_at = (await self.consents.keep(state, begun)).ends_at
        return _consent(oauth, app, (state, verifier), (self._redirect_uri, base_url), ends_at)

    async def finish(self, identity: Identity, state: str, code: str) -> RequestView:
        """Hand the code over to ingest, sealed. Raises `Invalid` for a state that is over or foreign."""
        viewer = identity.viewer
        begun = await self.consents.take(viewer.scope, identity.key, state)
        if not code:
            raise Invalid(
                "consent.no_code", "The network sent you back without its yes. Begin again."
            )
        told = Begun(
            begun.brand_id, begun.session, begun.network, begun.base_url, begun.options,
            {**begun.secrets, "code": code},
        )  # fmt: skip
        return await self._ask(viewer, told)

    async def refuse(self, identity: Identity, state: str) -> Begun:
        """Take back a consent that the person did not give. Raises as `finish`."""
        return await self.consents.take(identity.viewer.scope, identity.key, state)

    async def _ask(self, viewer: Viewer, asked: Begun) -> RequestView:
        request_id, sealed = random_id("req"), None
        if asked.secrets:
            self._guard_key()
            told = json.dumps(asked.secrets)
            key = self.settings.gateway_connect_key
            sealed = seal_to(key, told, brand_id=asked.brand_id, about=request_id)
        wanted = Wanted(
            request_id, asked.brand_id, "connect", None, asked.network, asked.base_url,
            asked.options, sealed,
        )  # fmt: skip
        return await self.accounts.ask(viewer.scope, viewer, wanted)

    async def _app(self, oauth: OAuth, base_url: str, *, is_own_server: bool) -> App:
        configured = self.settings.gateway_apps.get(oauth.app)
        if configured is not None:
            return configured
        if not is_own_server:
            why = f"GATEWAY_APPS has no app {oauth.app}; an administrator registers one first."
            raise Invalid("connect.no_app", why)
        registered = await self.registrar.register(base_url, self._redirect_uri, oauth.scopes)
        return App(client_id=registered[0], client_secret=registered[1])

    def _guard_key(self) -> None:
        if not self.settings.gateway_connect_key:
            raise Unavailable("connect.no_key", _NO_KEY)

    @property
    def _redirect_uri(self) -> str:
        return self.settings.public_url.rstrip("/") + CALLBACK


def _server(typed: str) -> str:
    found = server_of(typed)
    if found is None:
        raise Misfilled(
            {"base_url": "Server is no web address. It looks like https://social.example."}
        )
    return found


def known(network: str) -> Rules:
    """Return the rules of a network that there is. Raises `NotFound`."""
    if network not in NETWORKS:
        raise NotFound("network.unknown", "There is no such network.")
    return rules(network)


def _consent(
    oauth: OAuth,
    app: App,
    state_and_verifier: tuple[str, str],
    addresses: tuple[str, str],
    ends_at: datetime | None,
) -> ConsentView:
    """Return the address of the consent page, with the agency's own in place of the usual one."""
    (state, verifier), (redirect_uri, base_url) = state_and_verifier, addresses
    usual = oauth.authorize_url
    address = app.authorize_url or (usual if urlsplit(usual).netloc else f"{base_url}{usual}")
    told = {
        **oauth.extra, "response_type": "code", oauth.client_id_name: app.client_id,
        "redirect_uri": redirect_uri, "scope": " ".join(oauth.scopes), "state": state,
    }  # fmt: skip
    if oauth.has_pkce:
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = urlsafe_b64encode(digest).decode().rstrip("=")
        told |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query), *told.items()])
    assert ends_at is not None
    return ConsentView(urlunsplit(parts._replace(query=query)), ends_at)
