"""Who wrote something on Facebook, and whether that is the brand itself. What was written lives in the other modules."""

from services.ingest.connectors.fields import Id, Part, Text
from services.ingest.connectors.protocol import Account


class Person(Part):
    """An author as webhooks and the Graph API name one. Facebook has no handles."""

    id: Id = None
    name: Text = None


def is_own(author_id: str | None, page_id: str | None, account: Account) -> bool:
    """True when the page (or another id of the brand) wrote it. Ids are compared as text."""
    return author_id is not None and (author_id == page_id or author_id in account.own_ids)
