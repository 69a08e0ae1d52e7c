"""What is known about blog feeds in general: they are read, and answered in the browser. No I/O."""

from contracts.networks.protocol import Connecting, Field, Measure, Rules

LIMIT = 65_525
"""Bytes. Nothing is sent to a feed; it is what most blogs take when a person pastes the answer."""


def length(text: str) -> int:
    """Return how the blogs behind most feeds count a comment: bytes of UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


RULES = Rules(
    "feed",
    "Blog feed",
    Measure(LIMIT, "bytes", length),
    Connecting(
        steps=(
            "Copy the address of the blog, or of its feed if you know it.",
            "Rapport finds the feed, and the feed of its comments, by itself.",
        ),
        fields=(
            Field(
                "base_url",
                "Blog or feed",
                "RSS, Atom or JSON Feed, like https://blog.example.com/feed/",
                "url",
            ),
        ),
    ),
    arrivals=("poll",),
    can_answer=False,
    missing=(
        "Answers: a feed can only be read. Rapport opens the comment in the browser.",
        "Older entries: a feed holds its newest entries only, so back-fill reaches no further.",
        "Deleted entries: a feed does not tell them.",
        "WebSub push: feeds are polled.",
    ),
)
