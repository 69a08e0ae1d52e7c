"""What is answered when a network checks that a webhook address is ours. Signatures of real calls live next door."""

import hashlib
import hmac
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import parse_qs

PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, content type and body."""

    status: int
    content_type: str
    body: str


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
