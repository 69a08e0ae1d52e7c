"""Whether a webhook call is the network's: one function per scheme, and a table. Hand-shakes live next door."""

import binascii
import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TOLERANCE_S = 300


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it came in: the raw bytes, header names in any case, and the receiver's clock.

    `now_s` is unix seconds. None leaves the age of the call unchecked: only for recorded vectors.
    """

    body: bytes
    headers: Mapping[str, object]
    now_s: float | None

    def header(self, name: str) -> str | None:
        """The one value of this header. None when it is missing, no text, or there are two that differ."""
        found = {
            value
            for key, value in self.headers.items()
            if key.lower() == name and isinstance(value, str)
        }
        return found.pop() if len(found) == 1 else None

    def is_fresh(self, stamp: str) -> bool:
        """True when the unix seconds in `stamp` are at most 300 s away from the clock, either way."""
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            return False
        return self.now_s is None or abs(self.now_s - int(stamp)) <= TOLERANCE_S


Check = Callable[[Call, str], bool]
"""True when the call is signed with this secret (never empty)."""


def hub_sha256(call: Call, secret: str) -> bool:
    """Meta: `X-Hub-Signature-256: sha256=` lower-case hex over the body. The sha1 header never counts."""
    return _equal(call.header("x-hub-signature-256"), "sha256=" + _hex(secret, call.body))


def x_webhooks(call: Call, secret: str) -> bool:
    """X: `x-twitter-webhooks-signature: sha256=` base64 over the body."""
    expected = "sha256=" + b64encode(_digest(_bytes(secret), call.body)).decode()
    return _equal(call.header("x-twitter-webhooks-signature"), expected)


def linkedin(call: Call, secret: str) -> bool:
    """LinkedIn: `X-LI-Signature`, hex over "hmacsha256=" + body; the header holds the digest only."""
    return _equal(call.header("x-li-signature"), _hex(secret, b"hmacsha256=" + call.body))


def tiktok(call: Call, secret: str) -> bool:
    """TikTok: `TikTok-Signature: t=<unix>,s=<hex>` over t + "." + body."""
    fields = dict(
        part.strip().partition("=")[::2]
        for part in (call.header("tiktok-signature") or "").split(",")
    )
    stamp = fields.get("t", "")
    return call.is_fresh(stamp) and _equal(
        fields.get("s"), _hex(secret, _bytes(f"{stamp}.") + call.body)
    )


def slack_v0(call: Call, secret: str) -> bool:
    """Slack: `X-Slack-Signature: v0=` hex over "v0:" + timestamp + ":" + body."""
    stamp = call.header("x-slack-request-timestamp") or ""
    expected = "v0=" + _hex(secret, _bytes(f"v0:{stamp}:") + call.body)
    return call.is_fresh(stamp) and _equal(call.header("x-slack-signature"), expected)


def telegram_token(call: Call, secret: str) -> bool:
    """Telegram: the header equals the token; the body is not signed."""
    return _equal(call.header("x-telegram-bot-api-secret-token"), secret)


def discord_ed25519(call: Call, secret: str) -> bool:
    """Discord: `X-Signature-Ed25519` (hex) over timestamp + body; the secret is the app's public key in hex."""
    stamp = call.header("x-signature-timestamp") or ""
    key, signature = _unhex(secret), _unhex(call.header("x-signature-ed25519"))
    return call.is_fresh(stamp) and _is_signed(key, signature, _bytes(stamp) + call.body)


def standard_webhooks(call: Call, secret: str) -> bool:
    """Standard Webhooks: any `v1` entry of webhook-signature over id + "." + timestamp + "." + body.

    A secret `whpk_...` is a public key and is tried against the `v1a` entries. Svix's header names count, too.
    """
    for prefix in ("webhook", "svix"):
        call_id, stamp, given = (
            call.header(f"{prefix}-{name}") for name in ("id", "timestamp", "signature")
        )
        if call_id and stamp and given:
            content = _bytes(f"{call_id}.{stamp}.") + call.body
            return call.is_fresh(stamp) and _standard_match(given, secret, content)
    return False


SCHEMES: Mapping[str, Check] = {
    "x-hub-signature-256": hub_sha256,
    "x-twitter-webhooks-signature": x_webhooks,
    "linkedin": linkedin,
    "tiktok": tiktok,
    "slack-v0": slack_v0,
    "telegram-secret-token": telegram_token,
    "discord-ed25519": discord_ed25519,
    "standard-webhooks": standard_webhooks,
}


def is_valid(scheme: str, call: Call, secrets: str | Iterable[str]) -> bool:
    """True when one of the active secrets signed the call. An empty secret signs nothing.

    Raises KeyError for a scheme that is not in the table.
    """
    check = SCHEMES[scheme]
    known = [secrets] if isinstance(secrets, str) else list(secrets)
    return any(check(call, secret) for secret in known if secret)


def _standard_match(given: str, secret: str, content: bytes) -> bool:
    entries = [entry.partition(",")[::2] for entry in given.split(" ")]
    if secret.startswith("whpk_"):
        key = _unbase64(secret.removeprefix("whpk_"))
        signatures = (_unbase64(value) for version, value in entries if version == "v1a")
        return any(_is_signed(key, signature, content) for signature in signatures)
    key = _unbase64(secret.removeprefix("whsec_"))
    if not key:
        return False
    expected = b64encode(_digest(key, content)).decode()
    return any(_equal(value, expected) for version, value in entries if version == "v1")


def _is_signed(key: bytes | None, signature: bytes | None, content: bytes) -> bool:
    if key is None or signature is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _equal(given: str | None, expected: str) -> bool:
    # Bytes, for compare_digest refuses text outside ASCII with an exception.
    return given is not None and hmac.compare_digest(_bytes(given), _bytes(expected))


def _bytes(text: str) -> bytes:
    # Header text may hold anything, half a surrogate pair too; different texts stay different.
    return text.encode("utf-8", "surrogatepass")


def _digest(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, hashlib.sha256)


def _hex(secret: str, content: bytes) -> str:
    return _digest(_bytes(secret), content).hex()


def _unhex(text: str | None) -> bytes | None:
    try:
        return binascii.unhexlify(text or "")
    except (binascii.Error, ValueError):
        return None


def _unbase64(text: str) -> bytes | None:
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
