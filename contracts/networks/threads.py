"""What reading and answering on Threads must both know: counting and quotas. No I/O."""

from contracts.networks import graphemes
from contracts.networks.protocol import Connecting, Measure, OAuth, Rules

LIMIT = 500
REPLIES_PER_DAY = 1000
"""Replies an account may publish in 24 hours (threads_publishing_limit tells what is left)."""


def length(text: str) -> int:
    """Return how Threads counts: characters, but an emoji counts the bytes of its UTF-8 form.

    Source: Threads API, posts, character limit.
    """
    return sum(_weight(cluster) for cluster in graphemes.clusters(text))


def _weight(cluster: str) -> int:
    return len(cluster.encode("utf-8", "replace")) if graphemes.is_emoji(cluster) else len(cluster)


RULES = Rules(
    "threads",
    "Threads",
    Measure(LIMIT, "characters", length),
    Connecting(
        steps=("Sign in to the Threads profile that Rapport shall look after.",),
        oauth=OAuth(
            "threads",
            "https://threads.net/oauth/authorize",
            "https://graph.threads.net/oauth/access_token",
            (
                "threads_basic", "threads_content_publish", "threads_read_replies",
                "threads_manage_replies", "threads_manage_mentions", "threads_delete",
            ),
            has_pkce=False,
        ),
        base_url="https://graph.threads.net/v1.0",
    ),
    arrivals=("webhook", "poll"),
    acts=frozenset({"hide", "unhide", "delete"}),
    own_only=frozenset({"delete"}),
    missing=(
        "Changing an answer that is out: Threads has no such call.",
        "Private profiles send nothing, so their replies are not seen.",
        "Only replies directly under a post can be hidden, and only own posts deleted: the network allows no more.",
        "Without the webhook, replies are looked for under the latest 25 posts only.",
        "Replies under your answers in other people's threads are seen only where they name you.",
        "Liking is not offered by the API.",
        "Nothing was tried against the live service.",
    ),
)  # fmt: skip
