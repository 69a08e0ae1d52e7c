"""What reading from and answering to any other system must both know (Standard Webhooks). No I/O."""

from base64 import b64decode
from binascii import Error

from contracts.networks.protocol import Connecting, Field, Measure, Rules

LIMIT = 20_000
"""Characters. The receiver tells no limit; this one keeps an answer's body far below 1 MiB."""

SECRET_PREFIX = "whsec_"  # noqa: S105 (what every secret begins with)
SECRET_BYTES = range(24, 65)
"""How long a secret is before base64 (Standard Webhooks)."""


def length(text: str) -> int:
    """Return characters."""
    return len(text)


def key_of(secret: str) -> bytes | None:
    """Return the signing key of a secret `whsec_<base64>`, or None when it is none."""
    text = secret.strip().removeprefix(SECRET_PREFIX)
    try:
        key = b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (Error, ValueError):
        return None
    return key or None


RULES = Rules(
    "webhook",
    "Webhook",
    Measure(LIMIT, "characters", length),
    Connecting(
        steps=(
            "Choose a short name for the system that writes to Rapport.",
            "Make a secret: whsec_ and the base64 of 32 random bytes. Both sides sign with it.",
            "Give the system the address that Rapport shows after saving, and the secret.",
        ),
        fields=(
            Field("account_id", "Short name", "Like shop-contact-form."),
            Field("token", "Secret", "whsec_ and base64, 24 to 64 bytes; signs both ways.", "secret"),
            Field(
                "reply_url",
                "Address for answers",
                "Where answers are sent, signed. Empty: it can be read but not answered.",
                "url",
                is_required=False,
            ),
        ),
    ),
    arrivals=("webhook",),
    has_backfill=False,
    missing=(
        "The past: the other system sends again what was not taken, nothing else is read.",
        "Hiding, deleting and liking at the other system.",
    ),
)  # fmt: skip
