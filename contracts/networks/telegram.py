"""What reading and answering on Telegram must both know: ids, limits, counting. No I/O."""

import re
from urllib.parse import urlsplit

from contracts.networks.protocol import Connecting, Field, Measure, Rules

LIMIT = 4096
"""Of a message's text after entities are parsed; ours carry none."""

LIKE = "\U0001f44d"

UPDATES = (
    "message", "edited_message", "channel_post", "edited_channel_post", "business_connection",
    "business_message", "edited_business_message", "deleted_business_messages",
    "message_reaction", "my_chat_member",
)  # fmt: skip
"""What a bot must ask for by name; unnamed kinds never come."""

_TOKEN = re.compile(r"\d{3,20}:[\w-]{20,100}\Z", re.ASCII)
_ID = re.compile(r"(?P<chat>-?\d{1,19}|@\w+):(?P<message>\d{1,19})\Z", re.ASCII)


def length(text: str) -> int:
    """Return UTF-16 code units.

    The documentation says "characters" and counts entities in UTF-16 units. A text is never shorter
    in units than in code points, so what fits by this count is taken whichever way is meant.
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def place_of(external_id: str) -> tuple[str, int] | None:
    """Return chat and message id of an item's id `{chat}:{message}`, or None when it is none."""
    found = _ID.match(external_id)
    return (found["chat"], int(found["message"])) if found else None


def is_token(text: str) -> bool:
    """True for what a bot token looks like: it becomes part of an address, so nothing else may pass."""
    return bool(_TOKEN.match(text))


def address_of(base_url: str, token: str, method: str) -> tuple[str, bytes]:
    """Return the address to show and the path to ask for.

    Telegram wants the token in the path. The address without it is what HTTP clients log and put into
    errors; the path goes beside it, as httpx's extension `target`.
    """
    shown = f"{base_url.rstrip('/')}/bot/{method}"
    path = urlsplit(f"{base_url.rstrip('/')}/bot{token}/{method}").path
    return shown, path.encode("ascii", "ignore")


def is_group(chat_id: str) -> bool:
    """True for groups and channels: people have positive ids."""
    return chat_id.startswith(("-", "@"))


RULES = Rules(
    "telegram",
    "Telegram",
    Measure(LIMIT, "utf16", length),
    Connecting(
        steps=(
            "Write to @BotFather, send /newbot and choose a name, or take the bot you have.",
            "For comments in a group: add the bot to it, and send /setprivacy, Disable to @BotFather.",
            "Copy the bot's token.",
        ),
        fields=(Field("token", "Bot token", "Like 123456:ABC-DEF.", "secret"),),
        base_url="https://api.telegram.org",
    ),
    arrivals=("webhook", "poll"),
    acts=frozenset({"like", "unlike", "delete"}),
    has_backfill=False,
    can_amend=frozenset({"comment", "dm"}),
    missing=(
        "The past: Telegram keeps updates for 24 hours and gives no older ones.",
        "Deletions: bots are told of them only in business chats.",
        "Reading own messages back: an answer whose receipt was lost is a person's decision.",
        "Answers in business chats, and pictures, files and buttons in answers.",
        "Albums are shown as several messages.",
    ),
)
