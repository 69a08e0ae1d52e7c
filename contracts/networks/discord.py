"""What reading and answering on Discord must both know: ids, counting. No I/O."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from contracts.networks.protocol import Connecting, Field, Measure, Rules

LIMIT = 2000
NONCE_LENGTH = 25
_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)


def length(text: str) -> int:
    """Return how Discord counts a message: characters."""
    return len(text)


def written_at(snowflake: str) -> datetime | None:
    """Return when an id was made: its upper bits are milliseconds since 2015. None for what is no id."""
    if not (snowflake.isascii() and snowflake.isdigit() and len(snowflake) <= 20):
        return None
    return _EPOCH + timedelta(milliseconds=int(snowflake) >> 22)


def snowflake_at(moment: datetime) -> str:
    """Return the smallest id of a moment, to read from there on."""
    return str(max(0, int((moment - _EPOCH) / timedelta(milliseconds=1))) << 22)


def id_order(snowflake: str) -> int:
    """Return an id as its place in time; what is no id comes first."""
    return int(snowflake) if snowflake.isascii() and snowflake.isdigit() else 0


def channels_of(options: Mapping[str, str]) -> frozenset[str]:
    """Return the channels that an account is limited to; none for all that the bot may see."""
    told = options.get("channels", "").replace(";", ",").split(",")
    return frozenset(one.strip() for one in told if one.strip())


RULES = Rules(
    "discord",
    "Discord",
    Measure(LIMIT, "characters", length),
    Connecting(
        steps=(
            "Make an application with a bot at Discord's developer portal.",
            "Switch on its Message Content intent, and invite it to your server with View Channels, Read Message History and Send Messages.",
            "For deleting, liking and blocking it also needs Manage Messages, Add Reactions and Ban Members.",
        ),
        fields=(
            Field("token", "Bot token", "From the page Bot of the application.", "secret"),
            Field("guild_id", "Server", "The server's id (Copy Server ID in developer mode)."),
            Field(
                "channels", "Channels", "Ids of the channels to read, separated by commas.",
                is_required=False,
            ),
        ),
        base_url="https://discord.com/api/v10",
    ),
    arrivals=("stream", "poll"),
    acts=frozenset({"delete", "like", "unlike", "block", "unblock"}),
    can_amend=frozenset({"comment", "dm", "mention"}),
    missing=(
        "One bot reads one server; another server needs another bot.",
        "A direct message is seen only while the bot is connected: Discord does not list them for bots.",
        "Edits and deletions are seen while the bot is connected, or back within minutes: polling finds new messages only.",
        "Archived threads are not read until somebody writes in them.",
        "Blocking bans the person from the server; unblocking is done in Discord.",
        "Nothing was tried against the live service.",
    ),
)  # fmt: skip
