"""The app registrations of a local Rapport: where the sandbox's networks ask for consent, give tokens,
and with which secret their webhooks are signed."""

import json
from typing import Any

from cli.secrets import Secrets

CLIENT_ID = "rapport"
# By app: its consent page, its token endpoint, and the API of each network behind it.
_PLACES: dict[str, tuple[str, str, dict[str, str]]] = {
    "meta": ("graph/dialog/oauth", "graph/oauth/access_token", {"facebook": "graph"}),
    "instagram": (
        "graph/instagram/oauth/authorize", "graph/oauth/access_token", {"instagram": "graph"},
    ),
    "threads": (
        "threads/oauth/authorize", "threads/oauth/access_token", {"threads": "threads/v1.0"},
    ),
    "x": ("x/i/oauth2/authorize", "x/2/oauth2/token", {"x": "x"}),
    # One app and two networks; the sandbox's consent page for it is the one of YouTube.
    "google": (
        "youtube/o/oauth2/v2/auth", "youtube/token",
        {"youtube": "youtube/youtube/v3", "google_business": "google_business/v4"},
    ),
    "reddit": ("reddit/api/v1/authorize", "reddit/api/v1/access_token", {"reddit": "reddit"}),
    "linkedin": (
        "linkedin/oauth/v2/authorization", "linkedin/oauth/v2/accessToken",
        {"linkedin": "linkedin/rest"},
    ),
    "tiktok": (
        "tiktok/v2/auth/authorize/", "tiktok/open_api/v1.3/tt_user/oauth2/token/",
        {"tiktok": "tiktok/open_api/v1.3"},
    ),
}  # fmt: skip
_REFRESH = {"tiktok": "tiktok/open_api/v1.3/tt_user/oauth2/refresh_token/"}


def ingest_apps(secrets: Secrets, sandbox_url: str | None) -> str:
    """Return INGEST_APPS; without a sandbox only Meta's webhooks can be tried."""
    keys = {"client_id": CLIENT_ID, "secrets": [secrets.facebook_app_secret]}
    apps: dict[str, dict[str, Any]] = {"meta": dict(keys)}
    if sandbox_url is not None:
        for name, (_, token, _) in _PLACES.items():
            apps[name] = {**keys, "token_url": f"{sandbox_url}/{token}"}
        for name, refresh in _REFRESH.items():
            apps[name]["refresh_url"] = f"{sandbox_url}/{refresh}"
    apps["meta"]["verify_tokens"] = [secrets.facebook_verify_token]
    return json.dumps(apps)


def gateway_apps(sandbox_url: str) -> str:
    """Return GATEWAY_APPS: consent is asked at the sandbox, and the accounts are read there."""
    apps = {
        name: {
            "client_id": CLIENT_ID,
            "authorize_url": f"{sandbox_url}/{page}",
            "base_urls": {network: f"{sandbox_url}/{path}" for network, path in places.items()},
        }
        for name, (page, _, places) in _PLACES.items()
    }
    return json.dumps(apps)
