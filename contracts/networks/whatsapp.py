"""What reading and answering on WhatsApp must both know: ids, limits, counting. No I/O."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta

from contracts.networks.protocol import Connecting, Field, Measure, Rules, Window

LIMIT = 4096
"""Characters of the body of a text message (Cloud API, text object)."""

KEY_LIMIT = 512
"""Characters of biz_opaque_callback_data, which comes back with every delivery state."""

WINDOW = timedelta(hours=24)
WINDOW_CLOSED = "whatsapp.window_closed"
LIKE = "\U0001f44d"

# Cloud API, error codes; networks.md section 5. Codes that are not here: the request was refused.
_CODES: Mapping[str, Iterable[int]] = {
    "network.server_error": (1, 2, 131000, 131016, 131057, 133004, 135000),
    "whatsapp.grant_invalid": (0, 102, 190),
    "whatsapp.permission_missing": (3, 10, 131005, *range(200, 300)),
    "whatsapp.throttled": (4, 17, 32, 341, 613, *range(80001, 80009), 130429, 131056),
    "whatsapp.spam_limit": (131048,),
    WINDOW_CLOSED: (131047,),
    "whatsapp.undeliverable": (130472, 131026, 131049, 131050),
    "whatsapp.template_invalid": range(132000, 132100),
    "whatsapp.account_locked": (368, 131031, 131042),
}
_BY_NUMBER = {number: code for code, numbers in _CODES.items() for number in numbers}

_USER = re.compile(r"[A-Z]{2}\.[\w.]+\Z", re.ASCII)
_TEMPLATE = re.compile(r"(?P<name>[a-z0-9_]{1,512}):(?P<language>[A-Za-z_]{2,10})\Z", re.ASCII)
_GROUP = "@g.us"


def code_of(number: int) -> str:
    """Return our stable code for one of WhatsApp's error numbers, in answers and delivery states."""
    return _BY_NUMBER.get(number, "whatsapp.refused")


def length(text: str) -> int:
    """Return how WhatsApp counts a text: characters."""
    return len(text)


def is_user_id(peer: str) -> bool:
    """True for the id of a person who shows a user name instead of a number (US.1349...)."""
    return bool(_USER.match(peer))


def template_of(option: str) -> tuple[str, str] | None:
    """Return name and language of a template written name:language, or None when it is none."""
    found = _TEMPLATE.match(option.strip())
    return (found["name"], found["language"]) if found else None


def is_group(peer: str) -> bool:
    """True for a group's id."""
    return peer.endswith(_GROUP)


RULES = Rules(
    "whatsapp",
    "WhatsApp",
    Measure(LIMIT, "characters", length),
    Connecting(
        steps=(
            "Open WhatsApp Manager in the Meta Business Suite and choose the number.",
            (
                "Make a system user with access to the number's WhatsApp account, and a token for it "
                "with whatsapp_business_messaging and whatsapp_business_management."
            ),
            "Copy the phone number id, the WhatsApp account id and the token.",
        ),
        fields=(
            Field("account_id", "Phone number id", "A number of digits; not the telephone number."),
            Field("waba_id", "WhatsApp account id", "Its messages are asked for by this id."),
            Field("token", "Access token", "Of the system user.", "secret"),
            Field(
                "template",
                "Template for late answers",
                "An approved utility template with one body parameter, as name:language "
                "(answer_to_you:en). Empty: answers after 24 hours are refused.",
                is_required=False,
            ),
        ),
        base_url="https://graph.facebook.com/v23.0",
    ),
    arrivals=("webhook",),
    window=Window(
        frozenset({"dm"}),
        open_for=WINDOW,
        person_for=WINDOW,
        closed_code=WINDOW_CLOSED,
        advice="WhatsApp takes free text only within 24 hours of the customer's last message. Set an "
        "approved template for late answers at the account, or wait until the customer writes again.",
        lifted_by="template",
    ),
    acts=frozenset({"like", "unlike"}),
    has_backfill=False,
    missing=(
        (
            "The past: the Cloud API gives no messages again, so what was sent while nobody listened "
            "comes only with Meta's own repeats (up to 7 days)."
        ),
        (
            "Reading own messages back: an answer whose receipt was lost is known only by its "
            "delivery state."
        ),
        "Pictures and files in answers.",
        "Following a customer who changes number: a new thread begins.",
        "Deleting or editing what was sent: the Cloud API cannot.",
        "Signing a number up from here (Embedded Signup): the number must exist.",
    ),
)  # fmt: skip
