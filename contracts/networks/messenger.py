"""What reading and answering on Messenger must both know: ids, limits, windows, counting. No I/O."""

from datetime import timedelta

from contracts.networks.protocol import Connecting, Field, Measure, Rules, Window

LIMIT = 2000
"""Characters of one message."""

OPEN_FOR = timedelta(hours=24)
PERSON_FOR = timedelta(days=7)


def length(text: str) -> int:
    """Return how Messenger counts a message: characters."""
    return len(text)


RULES = Rules(
    "messenger",
    "Messenger",
    Measure(LIMIT, "characters", length),
    Connecting(
        steps=(
            "Connect the Facebook Page: its messages come with it. Or paste a token of the Page here.",
            "Allow pages_messaging on the consent page, and Human Agent for answers after a day.",
        ),
        fields=(
            Field(
                "token",
                "Page access token",
                "From the Facebook Page whose messages these are.",
                "secret",
            ),
        ),
        base_url="https://graph.facebook.com/v23.0",
    ),
    arrivals=("webhook", "poll"),
    window=Window(
        frozenset({"dm"}),
        OPEN_FOR,
        PERSON_FOR,
        "messenger.window_closed",
        "Messenger is closed 24 hours after the customer wrote, for a person who answers by hand after"
        " 7 days. The customer has to write first.",
    ),
    missing=(
        "Edited and unsent messages are told by webhook only: back-fill does not see them.",
        "Reactions are not shown: the Send API gives no way to answer them.",
        "Back-fill reads about 20 messages of a conversation: Meta gives no more to an app.",
    ),
)
