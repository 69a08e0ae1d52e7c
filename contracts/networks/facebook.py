"""What reading and answering on Facebook must both know: ids, limits, counting. No I/O."""

LIMIT = 8000
"""Characters of a comment. Unverified: Meta documents no number."""


def length(text: str) -> int:
    """Return how Facebook counts a comment: characters."""
    return len(text)


def page_of(post_id: str) -> str | None:
    """Return the page a post id `{page}_{post}` names, or None when it names none."""
    page, separator, post = post_id.partition("_")
    return page if page and separator and post else None
