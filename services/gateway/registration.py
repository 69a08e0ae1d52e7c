"""Registering Rapport as an app at a server of somebody's own, which is how Mastodon gives consent.

Source: Mastodon's API, POST /api/v1/apps. The address is typed by a person: only a guarded client calls it.
"""

from collections.abc import Sequence

import httpx

from runtime.addresses import Refused
from runtime.errors import Invalid, Unavailable

PATH = "/api/v1/apps"
NAME = "Rapport"


class Registrar:
    """Makes an app at a server. The client is the guarded one."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def register(
        self, server: str, redirect_uri: str, scopes: Sequence[str]
    ) -> tuple[str, str]:
        """Return client id and secret. Raises `Invalid` for no such server, `Unavailable` for silence."""
        told = {"client_name": NAME, "redirect_uris": redirect_uri, "scopes": " ".join(scopes)}
        try:
            answer = await self._client.post(f"{server}{PATH}", json=told)
            body = answer.json() if answer.is_success else None
        except Refused as error:
            raise Invalid(
                "connect.address_refused", f"{server} cannot be called from here."
            ) from error
        except ValueError:
            body = None
        except httpx.HTTPError as error:
            why = f"{server} does not answer. Check the address, or try again in a minute."
            raise Unavailable("connect.server_away", why) from error
        if not isinstance(body, dict) or not body.get("client_id") or not body.get("client_secret"):
            why = f"{server} did not take us as an app. Check the address, or use an access token."
            raise Invalid("connect.not_registered", why)
        return str(body["client_id"]), str(body["client_secret"])
