"""What is answered when a network checks that a webhook address is ours. Signatures of real calls live next door."""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from services.ingest.connectors.protocol import AppSecrets

JSON = "application/json"
PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, content type and body."""

    status: int
    content_type: str
    body: str


def answer_get(handshake: str | None, query: str, apps: Sequence[AppSecrets]) -> Answer | None:
    """Return the answer to a GET, or None when this handshake has none."""
    if handshake == "hub":
        return hub_challenge(query, tuple(token for app in apps for token in app.verify_tokens))
    secret = next((secret for app in apps for secret in app.secrets), "")
    if handshake == "x-crc":
        token = _first(query, "crc_token")
        return Answer(200, JSON, json.dumps(x_crc(token, secret))) if token else _REFUSED
    if handshake == "linkedin":
        code = _first(query, "challengeCode")
        return Answer(200, JSON, json.dumps(linkedin_challenge(code, secret))) if code else _REFUSED
    return None


def answer_ping(handshake: str, body: Any) -> Answer | None:
    """Return the answer to a signed call that only asks whether we are there, or None for any other.

    Discord pings its two kinds of webhooks by type 1 (interactions) and type 0 (events).
    """
    kind = body.get("type") if isinstance(body, dict) else None
    if handshake != "discord" or isinstance(kind, bool) or kind not in (0, 1):
        return None
    if kind == 0:
        return Answer(204, PLAIN, "")
    return None if "event" in body else Answer(200, JSON, '{"type": 1}')


def hub_challenge(query: str, verify_tokens: tuple[str, ...]) -> Answer:
    """Answer Meta's GET: the challenge exactly as received, as plain text, when the token is one of ours.

    Anything else is 403. An empty token of ours equals nothing.
    """
    fields = {
        name: values[0]
        for name, values in parse_qs(query.lstrip("?"), keep_blank_values=True).items()
    }
    given = fields.get("hub.verify_token", "").encode("utf-8", "surrogatepass")
    is_ours = any(
        hmac.compare_digest(given, token.encode("utf-8", "surrogatepass"))
        for token in verify_tokens
        if token
    )
    challenge = fields.get("hub.challenge")
    if fields.get("hub.mode") != "subscribe" or not is_ours or not challenge:
        return Answer(403, PLAIN, "")
    return Answer(200, PLAIN, challenge)


_REFUSED = Answer(403, PLAIN, "")


def _first(query: str, name: str) -> str:
    return parse_qs(query.lstrip("?")).get(name, [""])[0]


def x_crc(crc_token: str, consumer_secret: str) -> dict[str, str]:
    """Return the JSON body X expects: base64 HMAC-SHA256 of the token. Raises ValueError for an empty secret."""
    digest = _hmac(consumer_secret, crc_token)
    return {"response_token": "sha256=" + b64encode(digest).decode()}


def linkedin_challenge(code: str, client_secret: str) -> dict[str, str]:
    """Return the JSON body LinkedIn expects: hex HMAC-SHA256 of the code. Raises ValueError for an empty secret."""
    return {"challengeCode": code, "challengeResponse": _hmac(client_secret, code).hex()}


def _hmac(secret: str, content: str) -> bytes:
    if not secret:
        raise ValueError("an empty secret signs nothing")
    key, message = (text.encode("utf-8", "surrogatepass") for text in (secret, content))
    return hmac.digest(key, message, hashlib.sha256)
