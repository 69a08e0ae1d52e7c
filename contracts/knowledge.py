"""What a brand knows and may say. Payload of `knowledge.changed.v1`."""

from typing import Literal

from pydantic import AwareDatetime, Field

from contracts.envelope import Payload

EntryKind = Literal["fact", "answer", "hours", "policy", "saved"]
ENTRY_KINDS: tuple[EntryKind, ...] = ("fact", "answer", "hours", "policy", "saved")


class Attachment(Payload):
    """A file that goes with a saved reply. `url` is where the network can fetch it."""

    name: str
    media_type: str
    url: str


class Entry(Payload):
    """One thing the brand knows, in one language; entries of one `group` say the same in others.

    saved: a reply that people keep at hand; `{name}` and other variables in braces are filled in.
    `networks`: where it may be used; empty: everywhere.
    """

    entry_id: str
    kind: EntryKind = "fact"
    title: str
    language: str
    text: str
    keywords: list[str] = Field(default_factory=list)
    networks: list[str] = Field(default_factory=list)
    files: list[Attachment] = Field(default_factory=list)
    group: str | None = None


class KnowledgeChanged(Payload):
    """An entry as it stands after a change; null: it was taken out. The greater revision is the newer."""

    brand_id: str
    entry_id: str
    entry: Entry | None
    revision: int
    changed_at: AwareDatetime
